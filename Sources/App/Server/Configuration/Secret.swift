/// A value that opens something: a key, a password, a secret. It never shows itself in a description, a dump
/// or an error; whoever needs the value says so by `revealed`.
package struct Secret: Sendable, Hashable {
    package let revealed: String

    package init(_ value: String) { revealed = value }

    package var bytes: [UInt8] { Array(revealed.utf8) }

    /// What stands for any secret in any output.
    package static let mask = "********"
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { Self.mask }
    package var debugDescription: String { Self.mask }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
