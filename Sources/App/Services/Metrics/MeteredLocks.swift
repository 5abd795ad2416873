package import Domain
package import Ports

/// A lock service whose calls are counted and timed, and whose leases are counted while they are held.
package final class MeteredLocks: LockService {
    private enum Operation: Int, CaseIterable {
        case acquire, renew, release
    }

    private enum Status: Int, CaseIterable {
        case ok, timedOut, lost, unavailable, cancelled

        init(_ error: LockError) {
            switch error {
            case .timedOut: self = .timedOut
            case .lost: self = .lost
            case .unavailable: self = .unavailable
            case .cancelled: self = .cancelled
            }
        }

        var label: String { self == .timedOut ? "timed_out" : "\(self)" }
    }

    private let locks: any LockService
    private let metrics: CallMetrics
    private let held: Gauges

    package init(_ locks: any LockService, registry: any MetricsRegistry, time: any TimeSource) {
        self.locks = locks
        let operations = MetricLabel("operation", Operation.allCases.map { "\($0)" })
        let statuses = MetricLabel("status", Status.allCases.map(\.label))
        metrics = CallMetrics(
            time: time,
            calls: registry.counters(
                "callfs_lock_operations_total", "Calls to the lock service.",
                MetricSeries([operations, statuses])),
            durations: registry.histograms(
                "callfs_lock_operation_duration_seconds",
                "How long calls to the lock service took, the wait for a lock included.",
                MetricSeries([operations]), buckets: Histograms.callBuckets))
        held = registry.gauges("callfs_active_locks", "Locks that requests of this node hold now.")
    }

    package func acquire(
        _ resource: LockResource, above fence: FencingToken, lease: Duration, wait: Duration
    ) async throws(LockError) -> Lease {
        let lease = try await measure(.acquire) { () throws(LockError) in
            try await locks.acquire(resource, above: fence, lease: lease, wait: wait)
        }
        held.increment()
        return lease
    }

    package func renew(_ lease: Lease, by duration: Duration) async throws(LockError) -> Lease {
        try await measure(.renew) { () throws(LockError) in try await locks.renew(lease, by: duration) }
    }

    package func release(_ lease: Lease) async {
        let start = metrics.start()
        await locks.release(lease)
        held.decrement()
        metrics.end(Operation.release.rawValue, Status.ok.rawValue, since: start)
    }

    private func measure(
        _ operation: Operation, _ call: () async throws(LockError) -> Lease
    ) async throws(LockError) -> Lease {
        let start = metrics.start()
        do {
            let lease = try await call()
            metrics.end(operation.rawValue, Status.ok.rawValue, since: start)
            return lease
        } catch {
            metrics.end(operation.rawValue, Status(error).rawValue, since: start)
            throw error
        }
    }
}
