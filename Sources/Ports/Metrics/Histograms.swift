private import Domain

/// How long things took, one histogram a series. An observation is two atomic additions.
package final class Histograms: Sendable {
    /// Buckets for what a client waits for: from a cached answer to a large transfer.
    package static let requestBuckets: [Duration] = [
        .microseconds(500), .milliseconds(1), .microseconds(2_500), .milliseconds(5), .milliseconds(10),
        .milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
        .seconds(1), .milliseconds(2_500), .seconds(5), .seconds(10), .seconds(30), .seconds(60),
    ]
    /// Buckets for calls to a database or a disk: from a cached page to a stall.
    package static let callBuckets: [Duration] = [
        .microseconds(10), .microseconds(50), .microseconds(100), .microseconds(500), .milliseconds(1),
        .milliseconds(5), .milliseconds(10), .milliseconds(50), .milliseconds(100), .milliseconds(500),
        .seconds(1), .seconds(5),
    ]

    package let series: MetricSeries
    /// The upper ends of the buckets, in nanoseconds, ascending.
    private let bounds: [UInt64]
    /// For each series: its buckets, one above all bounds, and the sum.
    private let numbers: AtomicNumbers
    private let stride: Int

    package init(_ series: MetricSeries = MetricSeries([]), buckets: [Duration]) {
        self.series = series
        bounds = buckets.map { UInt64(clamping: $0.wholeNanoseconds) }
        precondition(bounds == bounds.sorted())
        stride = bounds.count + 2
        numbers = AtomicNumbers(count: series.count * stride)
    }

    package func observe(_ duration: Duration, at place: Int = 0) {
        let nanoseconds = UInt64(clamping: duration.wholeNanoseconds)
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        numbers.add(1, at: place * stride + bucket)
        numbers.add(nanoseconds, at: place * stride + stride - 1)
    }

    package func snapshot(at place: Int = 0) -> HistogramSnapshot {
        var total: UInt64 = 0
        var buckets: [HistogramSnapshot.Bucket] = []
        for index in bounds.indices {
            total += numbers.value(at: place * stride + index)
            buckets.append(.init(upperBoundSeconds: Double(bounds[index]) / 1e9, count: total))
        }
        total += numbers.value(at: place * stride + bounds.count)
        return HistogramSnapshot(
            buckets: buckets, count: total,
            sumSeconds: Double(numbers.value(at: place * stride + stride - 1)) / 1e9)
    }

    /// The series that ever observed something; all of a small family.
    package var samples: [MetricSample] {
        let showsAll = series.count <= MetricFamily.shownWholeMax
        return series.all.indices.compactMap { place in
            let snapshot = snapshot(at: place)
            guard showsAll || snapshot.count > 0 else { return nil }
            return MetricSample(series.all[place], .histogram(snapshot))
        }
    }
}

/// What a histogram held at one moment. Taken while others observe, so sum and count may be an observation
/// apart.
package struct HistogramSnapshot: Sendable, Equatable {
    package struct Bucket: Sendable, Equatable {
        package let upperBoundSeconds: Double
        /// Observations up to the bound, those of the buckets before it included.
        package let count: UInt64
    }

    package let buckets: [Bucket]
    package let count: UInt64
    package let sumSeconds: Double
}
