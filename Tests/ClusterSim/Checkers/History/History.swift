package import Domain

/// The place of an operation in its history.
package struct OperationID: Hashable, Sendable, Comparable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
    package static func < (left: Self, right: Self) -> Bool { left.index < right.index }
}

/// One operation of a client, from its request to its answer.
///
/// A client that repeats a request under one `Idempotency-Key` until it is answered makes one operation of
/// it. Without a key each repetition is an operation, with a body of its own.
package struct Operation: Sendable {
    package let id: OperationID
    package let client: Int
    /// Where it was sent; for people who read the history.
    package let node: String?
    package let principal: Principal
    package let call: Call
    /// The number of the event at which the request was sent. No two events of a history have one number.
    package let invoked: Int
    /// The number of the event at which the answer had come; nil when none has.
    package fileprivate(set) var completed: Int?
    package fileprivate(set) var outcome: Outcome
    /// Of an operation of unknown outcome: the event after which it cannot take effect any more, because
    /// the store has decided it, or its deadline is over (P4). Nil for never.
    package fileprivate(set) var lastEffect: Int?
    /// Where its commits are in the order of the store, as far as they are known. The search tries this order
    /// first, and does not trust it.
    package fileprivate(set) var commits: [Int] = []
    /// Where the latest snapshot is that the store took for it.
    package fileprivate(set) var snapshot: Int?
}

/// What all clients of a run asked and were answered, in the order in which they asked.
///
/// Recorded on one thread: the numbers of events only grow.
package struct History: Sendable {
    /// The directory that is there at first.
    package struct Root: Sendable {
        package var owner: UserID
        package var group: GroupID
        package var mode: FileMode

        package init(
            owner: UserID = UserID(1000), group: GroupID = GroupID(1000),
            mode: FileMode = FileMode(rawValue: 0o755)
        ) {
            self.owner = owner
            self.group = group
            self.mode = mode
        }
    }

    package let root: Root
    package private(set) var operations: [Operation] = []
    /// The event from which on nothing goes wrong any more.
    package private(set) var calmSince: Int?
    private var lastEvent = Int.min

    package init(root: Root = Root()) { self.root = root }

    /// A request is sent.
    package mutating func begin(
        _ call: Call, by principal: Principal, client: Int, to node: String? = nil, at event: Int
    ) -> OperationID {
        advance(to: event)
        let id = OperationID(operations.count)
        operations.append(
            Operation(
                id: id, client: client, node: node, principal: principal, call: call, invoked: event,
                completed: nil, outcome: .unknown, lastEffect: nil))
        return id
    }

    /// The answer has come, or the client has given up (`unknown`).
    package mutating func end(_ id: OperationID, _ outcome: Outcome, at event: Int) {
        advance(to: event)
        precondition(operations[id.index].completed == nil, "an operation ends once")
        operations[id.index].completed = event
        operations[id.index].outcome = outcome
    }

    /// From this event on an operation whose outcome is unknown cannot take effect any more.
    package mutating func settle(_ id: OperationID, at event: Int) {
        advance(to: event)
        operations[id.index].lastEffect = operations[id.index].lastEffect ?? event
    }

    /// All trouble is over, and what was in doubt is decided: no operation without an answer takes effect
    /// after this (P4), and every one that begins after it is answered.
    package mutating func becomeCalm(at event: Int) {
        advance(to: event)
        calmSince = event
        for index in operations.indices where operations[index].outcome == .unknown {
            operations[index].lastEffect = operations[index].lastEffect ?? event
        }
    }

    /// In the order of the store, something was committed for an operation here.
    package mutating func commit(_ id: OperationID, at position: Int) {
        operations[id.index].commits.append(position)
    }

    /// In the order of the store, something was looked up for an operation here.
    package mutating func snapshot(_ id: OperationID, at position: Int) {
        operations[id.index].snapshot = position
    }

    package subscript(id: OperationID) -> Operation { operations[id.index] }

    /// Ends are on the same scale as beginnings, and equal numbers would leave an order open.
    private mutating func advance(to event: Int) {
        precondition(event > lastEvent, "the numbers of events grow")
        lastEvent = event
    }
}
