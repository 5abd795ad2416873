package import SimCheckers

/// Tells when an operation cannot take effect any more, although its client does not know what became of it.
///
/// What a client asked takes effect by a commit of the metadata service and by nothing else. So an operation
/// has no effect after the last of its actors is gone:
/// - its client, which may send it again under the same idempotency key, until it has ended it;
/// - each request, from its sending until it is certain that it never arrives, or its task on the node has
///   come to its end, or the node has lost its power. A paused node goes on later: its requests stay. Bytes
///   that a node stores with its peers are no commits, and a peer commits nothing for others;
/// - each commit, from its sending, which is while its request still acts, until the service has done it,
/// or it
///   is certain that it never will: it was lost, refused, or given up. The end of its node changes nothing
///   about a commit that is under way.
///
/// All of that is counted, and not guessed from times. Work of a node's own, which no request waits for,
/// changes nothing that a client can see.
package final class Doubts: @unchecked Sendable {
    private var actors: [OperationID: Int] = [:]
    private let settle: (OperationID) -> Void

    /// `settle` is called once for each operation, when nothing can act for it any more.
    package init(settle: @escaping (OperationID) -> Void) { self.settle = settle }

    /// The client begins: it is the first actor.
    package func begin(_ operation: OperationID) {
        precondition(actors[operation] == nil, "an operation begins once")
        actors[operation] = 1
    }

    /// The client has ended it, and sends nothing for it any more.
    package func end(_ operation: OperationID) { remove(operation) }

    /// Something is sent that may act for an operation. What is returned is to be called when that is over;
    /// the first call counts.
    package func addActor(for operation: OperationID?) -> @Sendable () -> Void {
        guard let operation else { return {} }
        guard let count = actors[operation] else {
            preconditionFailure("something acts for operation \(operation.index), which is settled")
        }
        actors[operation] = count + 1
        let isOver = Once()
        return { [self] in
            if isOver.happens() { remove(operation) }
        }
    }

    private func remove(_ operation: OperationID) {
        guard let count = actors[operation] else { preconditionFailure("nothing acts for an operation") }
        actors[operation] = count == 1 ? nil : count - 1
        if count == 1 { settle(operation) }
    }

    private final class Once: @unchecked Sendable {
        private var hasHappened = false

        func happens() -> Bool {
            defer { hasHappened = true }
            return !hasHappened
        }
    }
}
