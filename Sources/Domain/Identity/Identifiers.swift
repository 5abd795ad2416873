/// Names one kind of thing; two kinds cannot be mixed up.
package protocol TypedIdentifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    var value: Identifier { get }
    init(_ value: Identifier)
}

extension TypedIdentifier {
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    package var description: String { value.description }
}

/// An inode: a file, a directory or a symbolic link, whatever its names.
package struct InodeID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }

    /// The root directory, the same in every filesystem.
    package static let root = InodeID(Identifier(high: 0, low: 1))
}

/// An immutable content. Its key never changes meaning, so anything may cache it for ever.
package struct ContentID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// One stored copy of a content; also the name of the object in its store.
package struct LocationID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// One attempt to change the filesystem. Its outcome is decided once.
package struct ChangesetID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// A place that holds bytes: a LocalFS root, a bucket prefix, a container.
package struct StoreID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// One filesystem: a metadata store and all stores that belong to it.
package struct DeploymentID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// Where pure code gets fresh identifiers from: handed in by its caller, never taken.
package protocol IdentifierSource {
    mutating func next() -> Identifier
}
