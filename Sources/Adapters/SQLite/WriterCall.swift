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

/// A call that waits for its end. What it answers is kept by whoever made it: a class that is generic over it
/// would have its types looked up at run time, for every call.
///
/// A caller that is cancelled goes at once: before the writer has begun nothing will happen, afterwards the
/// outcome is ambiguous.
final class PendingCall: WriterCall {
    /// Nil when it is done.
    typealias Continuation = CheckedContinuation<MetadataError?, Never>
    typealias Body = @Sendable (Writer) throws(SQLiteFailure) -> Void

    private enum Phase {
        case new
        case waiting(Continuation)
        case running(Continuation)
        case over(early: MetadataError?)
    }

    let byteCount: Int
    let addsSomething: Bool
    let isAlone: Bool
    private let body: Body
    private let phase = Mutex(Phase.new)

    init(byteCount: Int, addsSomething: Bool, isAlone: Bool, _ body: @escaping Body) {
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
        if let early { continuation.resume(returning: early) }
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
            case .running(let continuation):
                phase = .over(early: nil)
                return (continuation, .ambiguous)
            case .over:
                return nil
            }
        }
        if let (continuation, error) = gone { continuation.resume(returning: error) }
    }

    // MARK: The writer's side

    func begin() -> Bool {
        phase.withLock { phase in
            guard case .waiting(let continuation) = phase else { return false }
            phase = .running(continuation)
            return true
        }
    }

    func run(_ writer: Writer) throws(SQLiteFailure) { try body(writer) }
    func succeed() { end()?.resume(returning: nil) }
    func fail(_ error: MetadataError) { end()?.resume(returning: error) }

    private func end() -> Continuation? {
        phase.withLock { phase in
            switch phase {
            case .waiting(let continuation), .running(let continuation):
                phase = .over(early: nil)
                return continuation
            case .new, .over:
                return nil
            }
        }
    }
}

/// What a call answered, for its caller. The writer puts it in, perhaps more than once, before it ends the
/// call; the caller takes it out after that, or never: so they are never there at once.
final class KeptAnswer<Answer: Sendable>: @unchecked Sendable {
    private var answer: Answer?

    func put(_ answer: Answer) { self.answer = answer }

    func take() -> Answer {
        guard let answer else { preconditionFailure("a call that did not run has no answer") }
        return answer
    }
}
