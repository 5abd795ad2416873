import Domain
import Ports

/// Counts the calls of a port by operation and outcome, and how long they take by operation.
struct CallMetrics: Sendable {
    private let time: any TimeSource
    private let calls: Counters
    private let durations: Histograms

    init(time: any TimeSource, calls: Counters, durations: Histograms) {
        self.time = time
        self.calls = calls
        self.durations = durations
    }

    func start() -> MonotonicInstant { time.monotonicNow() }

    /// `operation` and `outcome` by their places among the values of the labels.
    func end(_ operation: Int, _ outcome: Int, since start: MonotonicInstant) {
        calls.add(at: calls.series.place(operation, outcome))
        durations.observe(time.monotonicNow() - start, at: durations.series.place(operation))
    }
}
