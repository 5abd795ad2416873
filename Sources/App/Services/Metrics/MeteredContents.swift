package import Domain
package import Ports

/// The calls of all content stores, by kind of backend.
package struct BackendMetrics: Sendable {
    fileprivate enum Operation: Int, CaseIterable {
        case write, read, delete, size, list, probe
    }

    fileprivate enum Outcome: Int, CaseIterable {
        case ok, notFound, full, throttled, unavailable, corrupt, refused, body, cancelled

        init(_ error: ContentError) {
            switch error {
            case .notFound: self = .notFound
            case .full: self = .full
            case .throttled: self = .throttled
            case .unavailable: self = .unavailable
            case .corrupt: self = .corrupt
            case .refused: self = .refused
            case .body: self = .body
            case .cancelled: self = .cancelled
            }
        }

        var label: String { self == .notFound ? "not_found" : "\(self)" }
    }

    private let time: any TimeSource
    private let calls: Counters
    private let durations: Histograms

    package init(registry: any MetricsRegistry, time: any TimeSource) {
        self.time = time
        let backends = MetricLabel("backend_type", BackendKind.allCases.map(\.rawValue))
        let operations = MetricLabel("operation", Operation.allCases.map { "\($0)" })
        let outcomes = MetricLabel("outcome", Outcome.allCases.map(\.label))
        calls = registry.counters(
            "callfs_backend_ops_total", "Calls to stores of contents; a read counts when it is opened.",
            MetricSeries([backends, operations, outcomes]))
        durations = registry.histograms(
            "callfs_backend_op_duration_seconds",
            "How long calls to stores of contents took; a read until it was opened.",
            MetricSeries([backends, operations]), buckets: Histograms.callBuckets)
    }

    fileprivate func start() -> MonotonicInstant { time.monotonicNow() }

    fileprivate func end(
        _ backend: Int, _ operation: Operation, _ outcome: Outcome, since start: MonotonicInstant
    ) {
        calls.add(at: calls.series.place(backend, operation.rawValue, outcome.rawValue))
        durations.observe(
            time.monotonicNow() - start, at: durations.series.place(backend, operation.rawValue))
    }
}

/// A content store whose calls are counted and timed.
package final class MeteredContents: ContentStore {
    private let store: any ContentStore
    private let metrics: BackendMetrics
    /// The place of its kind among all.
    private let backend: Int

    package init(_ store: any ContentStore, kind: BackendKind, metrics: BackendMetrics) {
        self.store = store
        self.metrics = metrics
        backend = BackendKind.allCases.firstIndex(of: kind) ?? 0
    }

    package var id: StoreID { store.id }

    package func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream,
        observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent {
        try await measure(.write) { () throws(ContentError) in
            try await store.write(id, length: length, body: body, observe: observe)
        }
    }

    package func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream {
        try await measure(.read) { () throws(ContentError) in
            try await store.read(id, size: size, range: range)
        }
    }

    package func delete(_ id: LocationID) async throws(ContentError) {
        try await measure(.delete) { () throws(ContentError) in try await store.delete(id) }
    }

    package func size(of id: LocationID) async throws(ContentError) -> UInt64? {
        try await measure(.size) { () throws(ContentError) in try await store.size(of: id) }
    }

    package func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject] {
        try await measure(.list) { () throws(ContentError) in try await store.list(after: id, limit: limit) }
    }

    package func probe() async -> StoreHealth {
        let start = metrics.start()
        let health = await store.probe()
        metrics.end(backend, .probe, health.isAvailable ? .ok : .unavailable, since: start)
        return health
    }

    private func measure<Answer>(
        _ operation: BackendMetrics.Operation, _ call: () async throws(ContentError) -> Answer
    ) async throws(ContentError) -> Answer {
        let start = metrics.start()
        do {
            let answer = try await call()
            metrics.end(backend, operation, .ok, since: start)
            return answer
        } catch {
            metrics.end(backend, operation, BackendMetrics.Outcome(error), since: start)
            throw error
        }
    }
}
