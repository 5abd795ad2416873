import Domain
import Observability
import Ports
import Testing

@Suite("Metrics as Prometheus reads them")
struct PrometheusRegistryTests {
    private let registry = PrometheusRegistry()

    private func text() async -> [String] {
        String(decoding: await registry.text(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("A counter is shown with its help, its type and its labels, and from zero on")
    func counter() async {
        let counters = registry.counters(
            "callfs_things_total", "Things.",
            MetricSeries([MetricLabel("kind", ["a", "b"]), MetricLabel("outcome", ["ok", "bad"])]))
        counters.add(at: counters.series.place(1, 0))
        counters.add(41, at: counters.series.place(1, 0))
        #expect(
            await text() == [
                "# HELP callfs_things_total Things.", "# TYPE callfs_things_total counter",
                "callfs_things_total{kind=\"a\",outcome=\"ok\"} 0",
                "callfs_things_total{kind=\"a\",outcome=\"bad\"} 0",
                "callfs_things_total{kind=\"b\",outcome=\"ok\"} 42",
                "callfs_things_total{kind=\"b\",outcome=\"bad\"} 0",
            ])
    }

    @Test("Of a large family only the series that counted are shown")
    func large() async {
        let values = (0...MetricFamily.shownWholeMax).map { String($0) }
        let counters = registry.counters("c_total", "C.", MetricSeries([MetricLabel("n", values)]))
        #expect(await text().count == 2)
        counters.add(at: 7)
        #expect(await text().last == "c_total{n=\"7\"} 1")
    }

    @Test("The buckets of a histogram add up, and a bound belongs to its own bucket")
    func histogram() async {
        let histograms = registry.histograms(
            "h_seconds", "H.", buckets: [.milliseconds(1), .milliseconds(2_500)])
        for duration: Duration in [.zero, .milliseconds(1), .microseconds(1_001), .seconds(3)] {
            histograms.observe(duration)
        }
        #expect(
            await text().dropFirst(2) == [
                "h_seconds_bucket{le=\"0.001\"} 2", "h_seconds_bucket{le=\"2.5\"} 3",
                "h_seconds_bucket{le=\"+Inf\"} 4", "h_seconds_sum 3.002001", "h_seconds_count 4",
            ])
    }

    @Test("A gauge goes down again, below zero too")
    func gauge() async {
        let gauges = registry.gauges("g", "G.")
        gauges.increment()
        gauges.decrement()
        gauges.decrement()
        #expect(await text().last == "g -1")
    }

    @Test("Nothing in a label or a help text can end its line or its quotes")
    func escapes() async {
        registry.register(
            MetricFamily("g", .gauge, "a\nb\\c\"d") {
                [MetricSample([MetricPair("l", "x\"y\\z\nw")], .number(0.5))]
            })
        #expect(
            await text() == ["# HELP g a\\nb\\\\c\"d", "# TYPE g gauge", "g{l=\"x\\\"y\\\\z\\nw\"} 0.5"])
    }

    @Test("Threads that count at once lose nothing")
    func concurrent() async {
        let counters = Counters()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<10_000 { counters.add() } } }
        }
        #expect(counters.value() == 40_000)
    }
}
