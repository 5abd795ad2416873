import Domain

/// One statement for the server, from a caller that waits for its answer. Made anywhere, and confined to the
/// loop from the moment that it is handed over.
final class Call: @unchecked Sendable {
    typealias Answer = Result<Rows, CallFailure>

    let statement: PreparedStatement
    let parameters: [Parameter]
    /// When waiting for a connection is over, or for the answer once it was sent.
    var deadline = MonotonicInstant(nanoseconds: .max)
    /// What has come of the answer. It counts when the server says that the transaction is over.
    var rows: Rows?
    var refusal: CallFailure?
    var wasWarned = false
    private var continuation: UnsafeContinuation<Answer, Never>?
    private(set) var isOver = false
    var wasSubmitted: Bool { deadline < MonotonicInstant(nanoseconds: .max) }

    init(_ statement: PreparedStatement, _ parameters: [Parameter]) {
        self.statement = statement
        self.parameters = parameters
    }

    /// False when the caller has gone already; it is told so.
    func attach(_ continuation: UnsafeContinuation<Answer, Never>) -> Bool {
        guard !isOver else {
            continuation.resume(returning: .failure(.cancelledUnsent))
            return false
        }
        self.continuation = continuation
        return true
    }

    /// Answers the caller, once. Later answers are to nobody.
    func end(_ answer: Answer) {
        isOver = true
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
