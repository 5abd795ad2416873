package import Domain

/// What a client asks for: one operation of the filesystem, as the request says it. Symbolic links on the
/// way, and the one at the end, are followed as the documents of the API tell for each.
package enum Call: Hashable, Sendable {
    /// PUT: creates or replaces. POST with a body, when `exclusive`: only creates.
    case write(FilePath, BodyValue, WriteOptions = WriteOptions())
    /// GET of a file, or a part of one.
    case read(FilePath, ReadOptions = ReadOptions())
    /// HEAD; without `following`, of a link itself.
    case stat(FilePath, following: Bool = true)
    /// One page of a directory. Clients that walk through several pages record each as a call of its own.
    case list(FilePath, after: FileName? = nil, limit: Int = 1000)
    /// POST with a trailing slash; with `tolerant`, as `mkdir -p`.
    case makeDirectory(FilePath, mode: FileMode? = nil, tolerant: Bool = false)
    case makeSymlink(FilePath, target: String)
    /// Another name for what is at the first path.
    case link(FilePath, to: FilePath)
    /// DELETE of a file or an empty directory.
    case remove(FilePath, CallConditions = CallConditions())
    /// DELETE with `recursive`.
    case removeTree(FilePath)
    case move(FilePath, to: FilePath, MoveOptions = MoveOptions())
    /// COPY of a file or a whole directory.
    case copy(FilePath, to: FilePath, overwrite: Bool = false, CallConditions = CallConditions())
    case setAttributes(FilePath, NewAttributes, CallConditions = CallConditions())
    /// Makes a download link. Known later by the identifier of this operation.
    case issueLink(FilePath)
    /// GET of a download link that the operation made. A claimant goes on with what it claimed.
    case redeemLink(OperationID, claimant: Int, mayHaveExpired: Bool = false)
}

extension Call {
    /// Whether it changes nothing, whatever comes of it.
    package var onlyLooks: Bool {
        switch self {
        case .read, .stat, .list: true
        case .write, .makeDirectory, .makeSymlink, .link, .remove, .removeTree, .move, .copy, .setAttributes,
            .issueLink, .redeemLink:
            false
        }
    }
}

/// `If-Match` and `If-None-Match`. A tag is one that some answer of the history carried; any other matches
/// nothing.
package struct CallConditions: Hashable, Sendable {
    package enum Tags: Hashable, Sendable {
        case any
        case tag(String)
    }

    package var ifMatch: Tags?
    package var ifNoneMatch: Tags?

    package init(ifMatch: Tags? = nil, ifNoneMatch: Tags? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }
}

package struct WriteOptions: Hashable, Sendable {
    /// POST: refused when anything is there.
    package var exclusive: Bool
    /// `X-CallFS-Mode`, for a file that is made.
    package var mode: FileMode?
    package var mediaType: String?
    package var conditions: CallConditions

    package init(
        exclusive: Bool = false, mode: FileMode? = nil, mediaType: String? = nil,
        conditions: CallConditions = CallConditions()
    ) {
        self.exclusive = exclusive
        self.mode = mode
        self.mediaType = mediaType
        self.conditions = conditions
    }
}

package struct ReadOptions: Hashable, Sendable {
    /// The bytes that are asked for; nil for all.
    package var range: Range<Int>?
    package var conditions: CallConditions

    package init(range: Range<Int>? = nil, conditions: CallConditions = CallConditions()) {
        self.range = range
        self.conditions = conditions
    }
}

package struct MoveOptions: Hashable, Sendable {
    package var overwrite: Bool
    package var createsParents: Bool
    /// On the source.
    package var conditions: CallConditions

    package init(
        overwrite: Bool = false, createsParents: Bool = false, conditions: CallConditions = CallConditions()
    ) {
        self.overwrite = overwrite
        self.createsParents = createsParents
        self.conditions = conditions
    }
}

/// What PATCH sets; nil leaves.
package struct NewAttributes: Hashable, Sendable {
    package var mode: FileMode?
    package var owner: UserID?
    package var group: GroupID?
    package var modifiedAt: WallTime?
    package var mediaType: String?
    /// Metadata of the user's own: each is set to a text, or taken away by an empty one.
    package var labels: [String: String]

    package init(
        mode: FileMode? = nil, owner: UserID? = nil, group: GroupID? = nil, modifiedAt: WallTime? = nil,
        mediaType: String? = nil, labels: [String: String] = [:]
    ) {
        self.labels = labels
        self.mode = mode
        self.owner = owner
        self.group = group
        self.modifiedAt = modifiedAt
        self.mediaType = mediaType
    }
}
