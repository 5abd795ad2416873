/// Where metrics are made known, and the text in which a scraper reads them.
///
/// Whoever measures keeps the instrument (`Counters`, `Gauges`, `Histograms`) and never looks it up.
package protocol MetricsRegistry: Sendable {
    /// Adds a family. A name that is there already is a fault of the program.
    func register(_ family: MetricFamily)

    /// The media type of `text`.
    var mediaType: String { get }

    /// Every family as it is now. May ask a disk or a store, so it may take a moment.
    func text() async -> [UInt8]
}

/// A metric: its name, what it means, and how to learn its value.
package struct MetricFamily: Sendable {
    package enum Kind: Sendable { case counter, gauge, histogram }

    /// A family of up to so many series shows all of them, those that never counted too.
    package static let shownWholeMax = 64

    package let name: String
    package let help: String
    package let kind: Kind
    package let collect: @Sendable () async -> [MetricSample]

    package init(
        _ name: String, _ kind: Kind, _ help: String, collect: @escaping @Sendable () async -> [MetricSample]
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.collect = collect
    }
}

/// One series of a family with its value.
package struct MetricSample: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case integer(Int64)
        case number(Double)
        case histogram(HistogramSnapshot)
    }

    package let labels: [MetricPair]
    package let value: Value

    package init(_ labels: [MetricPair] = [], _ value: Value) {
        self.labels = labels
        self.value = value
    }
}

extension MetricsRegistry {
    package func counters(
        _ name: String, _ help: String, _ series: MetricSeries = MetricSeries([])
    )
        -> Counters
    {
        let counters = Counters(series)
        register(MetricFamily(name, .counter, help) { counters.samples })
        return counters
    }

    package func gauges(_ name: String, _ help: String, _ series: MetricSeries = MetricSeries([])) -> Gauges {
        let gauges = Gauges(series)
        register(MetricFamily(name, .gauge, help) { gauges.samples })
        return gauges
    }

    package func histograms(
        _ name: String, _ help: String, _ series: MetricSeries = MetricSeries([]), buckets: [Duration]
    ) -> Histograms {
        let histograms = Histograms(series, buckets: buckets)
        register(MetricFamily(name, .histogram, help) { histograms.samples })
        return histograms
    }
}

/// The registry that shows nothing.
package struct UnseenMetrics: MetricsRegistry {
    package init() {}
    package func register(_ family: MetricFamily) {}
    package var mediaType: String { "text/plain" }
    package func text() async -> [UInt8] { [] }
}
