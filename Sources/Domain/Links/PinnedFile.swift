/// A file as a claimant got it: what every resume of the claim is answered from, whatever became of the file
/// and its name since.
package struct PinnedFile: Sendable, Equatable {
    package let inode: InodeID
    /// Nil for an empty file.
    package let content: ContentID?
    package let size: UInt64
    package let mediaType: MediaType?
    package let modifiedAt: WallTime

    package init(
        inode: InodeID, content: ContentID?, size: UInt64, mediaType: MediaType?, modifiedAt: WallTime
    ) {
        self.inode = inode
        self.content = content
        self.size = size
        self.mediaType = mediaType
        self.modifiedAt = modifiedAt
    }

    /// `file` is one.
    package init(_ file: Inode) {
        self.init(
            inode: file.id, content: file.content, size: file.size, mediaType: file.mediaType,
            modifiedAt: file.modifiedAt)
    }

    /// The tag that the file itself had.
    package var tag: EntityTag { EntityTag(ofFile: inode, content: content, mediaType: mediaType) }
}
