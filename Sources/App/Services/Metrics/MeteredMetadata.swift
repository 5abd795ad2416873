package import Domain
package import Ports

/// A metadata store whose calls are counted and timed.
package final class MeteredMetadata: MetadataStore {
    private enum Operation: Int, CaseIterable {
        case resolve, list, commit, resolveOutcome

        var label: String {
            switch self {
            case .resolve: "resolve"
            case .list: "list"
            case .commit: "commit"
            case .resolveOutcome: "resolve_outcome"
            }
        }
    }

    private enum Outcome: Int, CaseIterable {
        case ok, refused, unavailable, full, ambiguous, corrupt, cancelled

        init(_ error: MetadataError) {
            switch error {
            case .unavailable: self = .unavailable
            case .full: self = .full
            case .ambiguous: self = .ambiguous
            case .corrupt: self = .corrupt
            case .cancelled: self = .cancelled
            }
        }
    }

    private let store: any MetadataStore
    private let metrics: CallMetrics

    package init(_ store: any MetadataStore, registry: any MetricsRegistry, time: any TimeSource) {
        self.store = store
        let operations = MetricLabel("operation", Operation.allCases.map(\.label))
        let outcomes = MetricLabel("outcome", Outcome.allCases.map { "\($0)" })
        metrics = CallMetrics(
            time: time,
            calls: registry.counters(
                "callfs_metadata_db_queries_total",
                "Calls to the metadata store; refused: a commit whose precondition did not hold.",
                MetricSeries([operations, outcomes])),
            durations: registry.histograms(
                "callfs_metadata_db_query_duration_seconds", "How long calls to the metadata store took.",
                MetricSeries([operations]), buckets: Histograms.callBuckets))
    }

    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        try await measure(.resolve) { () throws(MetadataError) in
            try await store.resolve(path, content: content, following: following)
        }
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        try await measure(.list) { () throws(MetadataError) in
            try await store.list(directory, after: name, limit: limit)
        }
    }

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        try await measure(
            .commit,
            outcome: { if case .refused = $0 { .refused } else { .ok } },
            { () throws(MetadataError) in try await store.commit(changeset) })
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        try await measure(.resolveOutcome) { () throws(MetadataError) in
            try await store.resolveOutcome(of: changeset)
        }
    }

    private func measure<Answer>(
        _ operation: Operation, outcome: (Answer) -> Outcome = { _ in .ok },
        _ call: () async throws(MetadataError) -> Answer
    ) async throws(MetadataError) -> Answer {
        let start = metrics.start()
        do {
            let answer = try await call()
            metrics.end(operation.rawValue, outcome(answer).rawValue, since: start)
            return answer
        } catch {
            metrics.end(operation.rawValue, Outcome(error).rawValue, since: start)
            throw error
        }
    }
}
