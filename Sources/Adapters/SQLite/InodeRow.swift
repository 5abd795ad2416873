internal import Domain

/// How an inode is kept in a row.
enum InodeRow {
    /// The columns that `read` expects, of a table or alias `i`.
    static let columns = """
        i.id, i.kind, i.mode, i.owner, i.owner_group, i.size, i.modified, i.changed, i.born, i.links, \
        i.access_version, i.change_version, i.representation_version, i.content, i.media_type, \
        i.symlink_target, i.fence, i.metadata
        """
    static let columnCount: Int32 = 18

    static let insert = """
        INSERT OR IGNORE INTO inode (id, kind, mode, owner, owner_group, size, modified, changed, born, links,
            access_version, change_version, representation_version, content, media_type, symlink_target,
            fence, metadata)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
        """

    /// Takes the same bindings; what never changes is not written.
    static let update = """
        UPDATE inode SET mode = ?3, owner = ?4, owner_group = ?5, size = ?6, modified = ?7, changed = ?8,
            links = ?10, access_version = ?11, change_version = ?12, representation_version = ?13,
            content = ?14, media_type = ?15, fence = ?17, metadata = ?18
        WHERE id = ?1
        """

    static func number(of kind: FileKind) -> Int64 {
        switch kind {
        case .file: 0
        case .directory: 1
        case .symlink: 2
        }
    }

    static func kind(_ number: Int64) throws(SQLiteFailure) -> FileKind {
        switch number {
        case 0: .file
        case 1: .directory
        case 2: .symlink
        default: throw .corrupt("an inode is of kind \(number)")
        }
    }

    static func bind(_ inode: Inode, to statement: Statement) {
        statement.bind(1, inode.id.value).bind(3, Int64(inode.mode.rawValue))
        statement.bind(4, Int64(inode.owner.value)).bind(5, Int64(inode.group.value)).bind(6, inode.size)
        statement.bind(7, inode.modifiedAt).bind(8, inode.changedAt)
        statement.bind(10, inode.linkCount).bind(11, inode.accessVersion).bind(12, inode.changeVersion)
        statement.bind(13, inode.representationVersion).bind(14, inode.content)
        statement.bind(15, inode.mediaType?.text).bind(17, inode.fence.value)
        // Nearly none has any.
        statement.bind(18, inode.metadata.isEmpty ? nil : inode.metadata.stored)
    }

    /// What `insert` needs besides.
    static func bindUnchanging(_ inode: Inode, to statement: Statement) {
        statement.bind(2, number(of: inode.kind)).bind(9, inode.bornAt).bind(16, inode.symlinkTarget)
    }

    /// Reads the columns that begin at `start`.
    static func read(_ row: Statement, at start: Int32 = 0) throws(SQLiteFailure) -> Inode {
        Inode(
            id: InodeID(try row.identifier(start)), kind: try kind(row.integer(start + 1)),
            mode: FileMode(rawValue: UInt16(truncatingIfNeeded: row.integer(start + 2))),
            owner: UserID(UInt32(truncatingIfNeeded: row.integer(start + 3))),
            group: GroupID(UInt32(truncatingIfNeeded: row.integer(start + 4))),
            size: row.unsigned(start + 5), modifiedAt: row.time(start + 6), changedAt: row.time(start + 7),
            bornAt: row.time(start + 8), linkCount: Int(row.integer(start + 9)),
            accessVersion: row.unsigned(start + 10), changeVersion: row.unsigned(start + 11),
            representationVersion: row.unsigned(start + 12),
            content: row.optionalIdentifier(start + 13).map(ContentID.init),
            mediaType: row.text(start + 14).map(MediaType.init(stored:)), symlinkTarget: row.text(start + 15),
            metadata: try metadata(row, at: start + 17), fence: FencingToken(row.unsigned(start + 16)))
    }

    private static func metadata(
        _ row: Statement, at column: Int32
    ) throws(SQLiteFailure) -> UserMetadata {
        guard let text = row.text(column) else { return UserMetadata() }
        guard let metadata = UserMetadata(stored: text) else {
            throw .corrupt("the metadata of an inode cannot be read")
        }
        return metadata
    }
}
