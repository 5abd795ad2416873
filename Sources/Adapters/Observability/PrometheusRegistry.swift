package import Ports
private import Synchronization

/// Metrics as Prometheus reads them: its text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats).
package final class PrometheusRegistry: MetricsRegistry {
    private let families = Mutex<[MetricFamily]>([])

    package init() {}

    package let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    package func register(_ family: MetricFamily) {
        families.withLock { families in
            precondition(
                !families.contains { $0.name == family.name }, "two metrics are called \(family.name)")
            families.append(family)
        }
    }

    package func text() async -> [UInt8] {
        var text = PrometheusText()
        for family in families.withLock({ $0 }) {
            text.append(family, await family.collect())
        }
        return text.bytes
    }
}

/// Builds the text, a family at a time.
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ family: MetricFamily, _ samples: [MetricSample]) {
        line("# HELP ", family.name, " ", Self.escaped(family.help, quotes: false))
        line("# TYPE ", family.name, " ", Self.word(family.kind))
        for sample in samples {
            switch sample.value {
            case .integer(let number): line(family.name, Self.braced(sample.labels), " ", String(number))
            case .number(let number): line(family.name, Self.braced(sample.labels), " ", Self.text(number))
            case .histogram(let histogram): append(histogram, family.name, sample.labels)
            }
        }
    }

    private mutating func append(_ histogram: HistogramSnapshot, _ name: String, _ labels: [MetricPair]) {
        for bucket in histogram.buckets {
            let bound = MetricPair("le", Self.text(bucket.upperBoundSeconds))
            line(name, "_bucket", Self.braced(labels + [bound]), " ", String(bucket.count))
        }
        line(
            name, "_bucket", Self.braced(labels + [MetricPair("le", "+Inf")]), " ", String(histogram.count))
        line(name, "_sum", Self.braced(labels), " ", Self.text(histogram.sumSeconds))
        line(name, "_count", Self.braced(labels), " ", String(histogram.count))
    }

    private mutating func line(_ parts: String...) {
        for part in parts { bytes.append(contentsOf: part.utf8) }
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func braced(_ labels: [MetricPair]) -> String {
        guard !labels.isEmpty else { return "" }
        let pairs = labels.map { $0.name + "=\"" + escaped($0.value, quotes: true) + "\"" }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// Backslashes and line feeds are escaped everywhere, quotes in the values of labels.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// As Go's ParseFloat reads it; a whole number without its fraction.
    private static func text(_ number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
        return number.description
    }

    private static func word(_ kind: MetricFamily.Kind) -> String {
        switch kind {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
