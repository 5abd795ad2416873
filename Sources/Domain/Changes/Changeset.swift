/// All that one operation changes, and all that its decision rested on. The metadata store checks and applies
/// it in one transaction: either every precondition holds and every mutation happens, or nothing does.
package struct Changeset: Sendable, Equatable {
    package let id: ChangesetID
    package var preconditions: [Precondition]
    package var mutations: [Mutation]
    /// In the store's time: the store refuses a changeset that it would commit later than this.
    package var deadline: WallTime?

    package init(
        id: ChangesetID, preconditions: [Precondition] = [], mutations: [Mutation] = [],
        deadline: WallTime? = nil
    ) {
        self.id = id
        self.preconditions = preconditions
        self.mutations = mutations
        self.deadline = deadline
    }
}

/// What must still be true when the changeset is applied. Checked in order; the first that fails refuses the
/// whole.
package enum Precondition: Sendable, Hashable {
    /// The entry exists and leads to this inode.
    case entry(parent: InodeID, name: FileName, leadsTo: InodeID)
    /// The directory exists and has no entry of this name.
    case noEntry(parent: InodeID, name: FileName)
    /// The inode exists and has this access version: nobody changed its mode, owner or group.
    case access(InodeID, version: UInt64)
    /// The inode exists and has this change version: nobody changed anything of it.
    case unchanged(InodeID, version: UInt64)
    /// The directory has no entries.
    case emptyDirectory(InodeID)
    /// Every non-empty directory of the tree, its top included, lets the principal remove what it holds.
    case removableTree(InodeID, by: Principal)
    /// `inode` is not `directory` and not anywhere below it: a directory cannot move into itself.
    case outside(InodeID, of: InodeID)
    /// The inode's fence is not above this token. A file that was replaced by a later holder is not written
    /// again.
    case fence(InodeID, atMost: FencingToken)
    /// The content is live, and stays so: this changeset refers to it.
    case contentIsLive(ContentID)
    /// The link exists, nobody has claimed it, and it has not expired at the time of the commit.
    case linkIsOpen(LinkKey)
    /// No answer is kept under the key, or the one that was is over.
    case keyUnused(IdempotencyKey)
}

/// One change. Mutations are applied in order, after all preconditions have been checked; relative where
/// others may interleave. Times are the store's time of the commit unless given.
package enum Mutation: Sendable, Equatable {
    /// A new inode with no names yet; `addEntry` gives it its first.
    case createInode(NewInode)
    /// A new name for an inode; raises the inode's link count and touches the directory.
    case addEntry(parent: InodeID, name: FileName, inode: InodeID)
    /// Takes a name away and touches the directory. The inode's link count falls; at 0 the inode goes, and
    /// whatever content it has then becomes a candidate for reclaiming. Not for directories that may have
    /// entries.
    case removeEntry(parent: InodeID, name: FileName, inode: InodeID)
    /// Cuts a directory with all that is below it off the tree, touching the directory that held it. Its
    /// contents become candidates as the background reaps it, in bounded steps.
    case detachTree(parent: InodeID, name: FileName, inode: InodeID)
    /// Takes the entry from one place to another and touches both directories; the inode's own change time
    /// moves.
    case moveEntry(from: InodeID, name: FileName, to: InodeID, newName: FileName, inode: InodeID)
    /// Publishes a content: from here on it is live. Refused when its location was claimed by the sweep.
    case publishContent(NewContent)
    /// Points a file at a content (nil empties it); the content it had becomes a candidate.
    case setContent(
        InodeID, content: ContentID?, size: UInt64, mediaType: MediaTypeChange, modifiedAt: WallTime?)
    case setAttributes(InodeID, AttributeChange)
    /// Raises the fence of a file to this token.
    case raiseFence(InodeID, FencingToken)
    /// A new link.
    case addLink(LinkKey, DownloadLink)
    /// Claims an open link and pins the file's content: it is not reclaimed while the claim holds. Refused as
    /// not open when the link was made for another file.
    case claimLink(LinkKey, ClaimKey, PinnedFile)
    /// The bytes of this claim were all sent; what it pinned becomes a candidate. Of no effect when the claim
    /// does not hold.
    case finishLink(LinkKey, ClaimKey)
    /// Keeps the answer to the request that asked for this changeset, under its key, which must be unused.
    case recordAnswer(IdempotencyClaim, RecordedAnswer)
}

/// An inode to be made. Its times are those of the commit unless given.
package struct NewInode: Sendable, Equatable {
    package let id: InodeID
    package let kind: FileKind
    package let mode: FileMode
    package let owner: UserID
    package let group: GroupID
    package let size: UInt64
    package let modifiedAt: WallTime?
    package let content: ContentID?
    package let mediaType: MediaType?
    package let symlinkTarget: String?
    package let metadata: UserMetadata
    package let fence: FencingToken

    package init(
        id: InodeID, kind: FileKind, mode: FileMode, owner: UserID, group: GroupID, size: UInt64 = 0,
        modifiedAt: WallTime? = nil, content: ContentID? = nil, mediaType: MediaType? = nil,
        symlinkTarget: String? = nil, metadata: UserMetadata = UserMetadata(), fence: FencingToken = .none
    ) {
        self.id = id
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.modifiedAt = modifiedAt
        self.content = content
        self.mediaType = mediaType
        self.symlinkTarget = symlinkTarget
        self.metadata = metadata
        self.fence = fence
    }

    /// The inode as a commit at `time` makes it, with its first name.
    package func inode(at time: WallTime) -> Inode {
        Inode(
            id: id, kind: kind, mode: mode, owner: owner, group: group, size: size,
            modifiedAt: modifiedAt ?? time,
            changedAt: time, bornAt: time, content: content, mediaType: mediaType,
            symlinkTarget: symlinkTarget,
            metadata: metadata,
            fence: fence)
    }
}

/// What happens to a media type when a content is replaced.
package enum MediaTypeChange: Sendable, Equatable {
    case keep
    case set(MediaType?)
}

/// Attributes to set; nil leaves one as it is. A change of mode, owner or group raises the access version, a
/// change of media type the representation version; each change raises the change version once.
package struct AttributeChange: Sendable, Equatable {
    package var mode: FileMode?
    package var owner: UserID?
    package var group: GroupID?
    package var modifiedAt: WallTime?
    package var mediaType: MediaTypeChange = .keep
    /// All of the metadata; none when it is empty.
    package var metadata: UserMetadata?

    package init() {}
}
