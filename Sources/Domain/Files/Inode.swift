/// What a name leads to.
package enum FileKind: String, Sendable, CaseIterable {
    case file, directory, symlink
}

/// A file, a directory or a symbolic link, apart from its names; as stat(2) and inode(7) describe it.
package struct Inode: Sendable, Equatable {
    package let id: InodeID
    package let kind: FileKind
    package var mode: FileMode
    package var owner: UserID
    package var group: GroupID
    /// Bytes of a file's content, of a symbolic link's target; 0 for a directory.
    package var size: UInt64
    /// When the content changed last, or a directory's entries did.
    package var modifiedAt: WallTime
    /// When anything of the inode changed last.
    package var changedAt: WallTime
    /// When it was made.
    package var bornAt: WallTime
    /// Names that lead here. A directory has one.
    package var linkCount: Int
    /// Raised by every change of mode, owner or group.
    package var accessVersion: UInt64
    /// Raised by every change.
    package var changeVersion: UInt64
    /// Raised when the same content gets another representation (its media type).
    package var representationVersion: UInt64
    /// A file's content; nil for an empty file, a directory or a link.
    package var content: ContentID?
    package var mediaType: MediaType?
    package var symlinkTarget: String?
    package var metadata: UserMetadata
    /// The highest fencing token that wrote here.
    package var fence: FencingToken

    package init(
        id: InodeID, kind: FileKind, mode: FileMode, owner: UserID, group: GroupID, size: UInt64 = 0,
        modifiedAt: WallTime, changedAt: WallTime, bornAt: WallTime, linkCount: Int = 1,
        accessVersion: UInt64 = 1,
        changeVersion: UInt64 = 1, representationVersion: UInt64 = 1, content: ContentID? = nil,
        mediaType: MediaType? = nil, symlinkTarget: String? = nil, metadata: UserMetadata = UserMetadata(),
        fence: FencingToken = .none
    ) {
        self.id = id
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.modifiedAt = modifiedAt
        self.changedAt = changedAt
        self.bornAt = bornAt
        self.linkCount = linkCount
        self.accessVersion = accessVersion
        self.changeVersion = changeVersion
        self.representationVersion = representationVersion
        self.content = content
        self.mediaType = mediaType
        self.symlinkTarget = symlinkTarget
        self.metadata = metadata
        self.fence = fence
    }

    /// The root of a new filesystem.
    package static func root(owner: UserID, group: GroupID, at time: WallTime) -> Inode {
        Inode(
            id: .root, kind: .directory, mode: FileMode(rawValue: 0o755), owner: owner, group: group,
            modifiedAt: time, changedAt: time, bornAt: time)
    }
}

/// A name in a directory and what it leads to.
package struct Entry: Sendable, Equatable {
    package let name: FileName
    package let inode: Inode
    /// Where the content of a file is kept; nil for what has none.
    package let location: ContentLocation?

    package init(name: FileName, inode: Inode, location: ContentLocation? = nil) {
        self.name = name
        self.inode = inode
        self.location = location
    }
}
