private import CPostgres
import Domain
import EventLoop
import Ports
private import Synchronization

/// Makes connections for the loops, on threads of its own.
final class Connecting: Sendable {
    let dialer: Dialer
    /// How long an answer may take before the connection counts as dead.
    let answerMax: Duration
    private let pool: BlockingPool
    private let failures: FailureLog
    private let isStopping = Atomic<Bool>(false)
    /// Whether the latest attempt failed: what all attempts after it find as well is not written down again.
    private let isFailing = Atomic<Bool>(false)

    init(
        dialer: Dialer, answerMax: Duration, failures: FailureLog
    ) throws(EventLoopError) {
        self.dialer = dialer
        self.answerMax = answerMax
        self.failures = failures
        pool = try BlockingPool(threads: PostgresLimits.connectingThreads)
    }

    /// Connects, and tells `completion` on one of the threads; nil when there was no connection. False, and
    /// nothing happens, when too many wait for that already.
    func dial(_ completion: @escaping @Sendable (DialedConnection?) -> Void) -> Bool {
        pool.submit { [self] in
            guard !isStopping.load(ordering: .relaxed) else { return completion(nil) }
            do throws(SessionFailure) {
                let dialed = DialedConnection(try dialer.dial())
                isFailing.store(false, ordering: .relaxed)
                completion(dialed)
            } catch {
                let isKnown = isFailing.exchange(true, ordering: .relaxed)
                if !isKnown { failures.report(error, during: "connecting") }
                completion(nil)
            }
        }
    }

    /// Runs `work` with a session of its own that has no bounds in time but those of `work`.
    func withSession<Value: Sendable>(
        _ work: @escaping @Sendable (DirectSession) throws(SessionFailure) -> Value
    ) async throws(MetadataError) -> Value {
        let outcome: Result<Value, SessionFailure>
        do throws(BlockingPoolRefusal) {
            outcome = try await pool.run { [dialer] in
                Result { () throws(SessionFailure) in
                    let session = try dialer.session()
                    defer { session.close() }
                    return try work(session)
                }
            }
        } catch {
            throw error == .cancelled ? .cancelled : .unavailable
        }
        switch outcome {
        case .success(let value): return value
        case .failure(let failure):
            failures.report(failure, during: "a session of its own")
            throw .unavailable
        }
    }

    /// Waits for the attempts that are under way, and lets nobody begin another.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        pool.stop()
    }
}

/// A connection on its way from the thread that made it to the loop that uses it.
struct DialedConnection: @unchecked Sendable {
    private let connection: OpaquePointer

    init(_ connection: OpaquePointer) { self.connection = connection }

    func close() { PQfinish(connection) }

    func onLoop(
        _ loop: EpollLoop, answerMax: Duration, onChange: @escaping (PipelineConnection) -> Void
    ) throws(EventLoopError) -> PipelineConnection {
        try PipelineConnection(connection, on: loop, answerMax: answerMax, onChange: onChange)
    }
}
