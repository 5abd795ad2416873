/// What stands where something new was to be, and what to do instead.
package struct Conflict: Sendable, Hashable {
    package let path: FilePath
    package let kind: FileKind
    /// Where the bytes of what exists are; nil when it has none, or they were not asked for.
    package let location: ContentLocation?

    package init(path: FilePath, kind: FileKind, location: ContentLocation?) {
        self.path = path
        self.kind = kind
        self.location = location
    }

    /// The thing to do instead, as a sentence for the client.
    package var suggestion: String {
        switch kind {
        case .file: "Use PUT to replace the content of the file, or choose another path."
        case .directory: "The directory is there already; create entries in it, or choose another path."
        case .symlink: "Remove the symbolic link first, or choose another path."
        }
    }
}

extension Conflict: CustomStringConvertible {
    /// A sentence for the client.
    package var description: String {
        switch kind {
        case .file: "A file '\(path)' exists already."
        case .directory: "A directory '\(path)' exists already."
        case .symlink: "A symbolic link '\(path)' exists already."
        }
    }
}
