internal import Ports
internal import Synchronization

/// Something that the writer does for a caller, as the writer sees it.
protocol WriterCall: AnyObject, Sendable {
    /// Inline bytes that it writes.
    var byteCount: Int { get }
    /// Whether it adds something, so that it waits for room where a removal does not.
    var addsSomething: Bool { get }
    /// Whether it manages its transactions itself.
    var isAlone: Bool { get }

    /// Claims the call for the writer. False when its caller has gone: then nothing may be done for it.
    func begin() -> Bool
    /// Does it. The answer is kept until `succeed`.
    func run(_ writer: Writer) throws(SQLiteFailure)
    /// Hands out the answer of the latest `run`.
    func succeed()
    func fail(_ error: MetadataError)
}

/// A call that waits for its answer.
///
/// A caller that is cancelled goes at once: before the writer has begun nothing will happen, afterwards the
/// outcome is ambiguous.
final class PendingCall<Answer: Sendable>: WriterCall {
    typealias Continuation = CheckedContinuation<Result<Answer, MetadataError>, Never>
    typealias Body = @Sendable (Writer) throws(SQLiteFailure) -> Answer

    private enum Phase {
        case new
        case waiting(Continuation)
        case running(Continuation, Answer?)
        case over(early: MetadataError?)
    }

    let byteCount: Int
    let addsSomething: Bool
    let isAlone: Bool
    private let body: Body
    private let phase = Mutex(Phase.new)

    init(
        byteCount: Int = 0, addsSomething: Bool = false, isAlone: Bool = false, _ body: @escaping Body
    ) {
        self.byteCount = byteCount
        self.addsSomething = addsSomething
        self.isAlone = isAlone
        self.body = body
    }

    // MARK: The caller's side

    /// Gives the call whom to answer. False when it was cancelled before, which is its answer then.
    func attach(_ continuation: Continuation) -> Bool {
        let early = phase.withLock { phase -> MetadataError? in
            if case .over(let early) = phase { return early }
            phase = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: .failure(early)) }
        return early == nil
    }

    func cancel() {
        let gone = phase.withLock { phase -> (Continuation, MetadataError)? in
            switch phase {
            case .new:
                phase = .over(early: .cancelled)
                return nil
            case .waiting(let continuation):
                phase = .over(early: nil)
                return (continuation, .cancelled)
            case .running(let continuation, _):
                phase = .over(early: nil)
                return (continuation, .ambiguous)
            case .over:
                return nil
            }
        }
        if let (continuation, error) = gone { continuation.resume(returning: .failure(error)) }
    }

    // MARK: The writer's side

    func begin() -> Bool {
        phase.withLock { phase in
            guard case .waiting(let continuation) = phase else { return false }
            phase = .running(continuation, nil)
            return true
        }
    }

    func run(_ writer: Writer) throws(SQLiteFailure) {
        let answer = try body(writer)
        phase.withLock { phase in
            if case .running(let continuation, _) = phase { phase = .running(continuation, answer) }
        }
    }

    func succeed() {
        guard let (continuation, answer) = end() else { return }
        guard let answer else { preconditionFailure("a call that did not run has no answer") }
        continuation.resume(returning: .success(answer))
    }

    func fail(_ error: MetadataError) { end()?.0.resume(returning: .failure(error)) }

    private func end() -> (Continuation, Answer?)? {
        phase.withLock { phase in
            switch phase {
            case .waiting(let continuation):
                phase = .over(early: nil)
                return (continuation, nil)
            case .running(let continuation, let answer):
                phase = .over(early: nil)
                return (continuation, answer)
            case .new, .over:
                return nil
            }
        }
    }
}
