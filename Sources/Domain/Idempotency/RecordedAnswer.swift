/// What a request was answered, in the form in which the same commit keeps it that does what was asked. It is
/// known before the commit but for its time, which is put in when the answer is given again.
package enum RecordedAnswer: Sendable, Equatable {
    /// About an entry that was made or changed.
    case entry(RecordedEntry)
    /// Done, and there is nothing to say.
    case done
    /// Refused for good: the same request would be decided otherwise only on another state.
    case refused(RecordedRefusal)
}

/// An entry as its request left it.
package struct RecordedEntry: Sendable, Equatable {
    package let status: Int
    package let path: FilePath
    package let inode: Inode
    package let location: ContentLocation?
    /// Whether the answer says where the entry is.
    package let saysWhere: Bool
    package let sha256: [UInt8]?

    package init(
        status: Int, path: FilePath, inode: Inode, location: ContentLocation?, saysWhere: Bool,
        sha256: [UInt8]? = nil
    ) {
        self.status = status
        self.path = path
        self.inode = inode
        self.location = location
        self.saysWhere = saysWhere
        self.sha256 = sha256
    }

    /// Stands for the time of a commit that has not happened yet. No clock shows it.
    package static let timeOfCommit = WallTime(nanoseconds: .max)

    /// The entry, with the time of the commit known.
    package func committed(at time: WallTime) -> RecordedEntry {
        var inode = inode
        if inode.modifiedAt == Self.timeOfCommit { inode.modifiedAt = time }
        if inode.changedAt == Self.timeOfCommit { inode.changedAt = time }
        if inode.bornAt == Self.timeOfCommit { inode.bornAt = time }
        return RecordedEntry(
            status: status, path: path, inode: inode, location: location, saysWhere: saysWhere, sha256: sha256
        )
    }
}

/// An error as the client was told it.
package struct RecordedRefusal: Sendable, Equatable {
    package struct Pair: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package let status: Int
    package let code: String
    package let message: String
    package let details: [Pair]
    package let fields: [Pair]

    package init(status: Int, code: String, message: String, details: [Pair], fields: [Pair]) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.fields = fields
    }
}
