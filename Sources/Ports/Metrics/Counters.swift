/// Numbers that only grow, one a series. Counting is one atomic addition: no lock, no text, no allocation.
package final class Counters: Sendable {
    package let series: MetricSeries
    private let numbers: AtomicNumbers

    package init(_ series: MetricSeries = MetricSeries([])) {
        self.series = series
        numbers = AtomicNumbers(count: series.count)
    }

    package func add(_ amount: UInt64 = 1, at place: Int = 0) { numbers.add(amount, at: place) }

    package func value(at place: Int = 0) -> UInt64 { numbers.value(at: place) }

    /// All series of a small family, so that a rate has a zero to start from; of a large one those that ever
    /// counted.
    package var samples: [MetricSample] {
        let showsAll = series.count <= MetricFamily.shownWholeMax
        return series.all.indices.compactMap { place in
            let number = numbers.value(at: place)
            guard showsAll || number > 0 else { return nil }
            return MetricSample(series.all[place], .integer(Int64(clamping: number)))
        }
    }
}

/// Numbers that go up and down, one a series.
package final class Gauges: Sendable {
    package let series: MetricSeries
    private let numbers: AtomicNumbers

    package init(_ series: MetricSeries = MetricSeries([])) {
        self.series = series
        numbers = AtomicNumbers(count: series.count)
    }

    package func increment(at place: Int = 0) { numbers.add(1, at: place) }
    package func decrement(at place: Int = 0) { numbers.subtract(1, at: place) }

    package func value(at place: Int = 0) -> Int64 { Int64(bitPattern: numbers.value(at: place)) }

    package var samples: [MetricSample] {
        series.all.indices.map { MetricSample(series.all[$0], .integer(value(at: $0))) }
    }
}
