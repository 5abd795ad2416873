/// Orders the holders of a lock: a later holder has a higher token, and what carries a lower one than the
/// resource has seen is refused (Kleppmann, "How to do distributed locking", 2016).
package struct FencingToken: Hashable, Comparable, Sendable {
    package let value: UInt64
    package init(_ value: UInt64) { self.value = value }

    /// Before any holder.
    package static let none = FencingToken(0)

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
