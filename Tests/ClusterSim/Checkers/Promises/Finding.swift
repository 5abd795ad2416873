/// A promise of docs/CONSISTENCY.md, or what a filesystem owes besides.
package enum Guarantee: String, Sendable, CaseIterable {
    case linearizable = "P1 linearizable"
    case atomic = "P2 atomic"
    case durable = "P3 durable"
    case honest = "P4 honest about doubt"
    case singleUse = "P5 single use is single"
    case nothingLeaks = "P6 nothing leaks, nothing is lost"
    case permission = "P7 permission on committed state"
    /// A tree without cycles, in which everything can be reached and the counts are right.
    case wholeTree = "a whole tree"
    /// Once what was broken is whole, everything is answered.
    case alive = "alive"
}

/// A promise that was broken, and how.
package struct Finding: Sendable, Hashable {
    package let promise: Guarantee
    package let account: String

    package init(_ promise: Guarantee, _ account: String) {
        self.promise = promise
        self.account = account
    }
}

extension Finding: CustomStringConvertible {
    package var description: String { promise.rawValue + ": " + account }
}
