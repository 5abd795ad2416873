internal import Glibc
internal import Ports
internal import Synchronization

/// A long look at the database on a thread and a connection of its own, so that nobody waits for it. Ends
/// early when its caller is cancelled.
final class Inspection: Sendable {
    private typealias Continuation = CheckedContinuation<Result<[String], MetadataError>, Never>

    private let path: String
    private let limit: Int
    private let failures: FailureLog
    private let isCancelled = Atomic(false)
    private let continuation = Mutex<Continuation?>(nil)

    init(path: String, limit: Int, failures: FailureLog) {
        self.path = path
        self.failures = failures
        self.limit = limit
    }

    /// At most `limit` findings. Called once.
    func findings() async throws(MetadataError) -> [String] {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.continuation.withLock { $0 = continuation }
                start()
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
        return try result.get()
    }

    private func start() {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Inspection>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context)
        precondition(code == 0, "no thread could be made")
        pthread_detach(thread)
    }

    private func run() {
        let result: Result<[String], MetadataError>
        do throws(SQLiteFailure) {
            let connection = try Connection(path: path, role: .inspector)
            connection.stop(when: { self.isCancelled.load(ordering: .relaxed) })
            result = .success(try ConsistencyCheck(connection).findings(limit: limit))
        } catch {
            let wasCancelled = isCancelled.load(ordering: .relaxed)
            if !wasCancelled { failures.report(error, during: "a check") }
            result = .failure(wasCancelled ? .cancelled : error.readError)
        }
        continuation.withLock { $0 }?.resume(returning: result)
    }
}
