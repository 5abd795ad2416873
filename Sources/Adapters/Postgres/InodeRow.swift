import Domain
import Ports

/// How an inode is read from a row.
enum InodeRow {
    /// The columns that `read` expects, of a table or alias `i`.
    static let columns = """
        i.id, i.kind, i.mode, i.owner, i.owner_group, i.size, i.modified, i.changed, i.born, i.links, \
        i.access_version, i.change_version, i.representation_version, i.content, i.media_type, \
        i.symlink_target, i.fence, i.metadata
        """
    static let columnCount = 18

    static func number(of kind: FileKind) -> Int {
        switch kind {
        case .file: 0
        case .directory: 1
        case .symlink: 2
        }
    }

    /// Nil where there is none, as in the row of a name that was not found.
    static func optional(_ row: Row) throws(MetadataError) -> Inode? { row.isNull(0) ? nil : try read(row) }

    static func read(_ row: Row) throws(MetadataError) -> Inode {
        Inode(
            id: InodeID(try row.identifier(0)), kind: try kind(row.number(1)),
            mode: FileMode(rawValue: UInt16(truncatingIfNeeded: try row.number(2))),
            owner: UserID(UInt32(truncatingIfNeeded: try row.number(3))),
            group: GroupID(UInt32(truncatingIfNeeded: try row.number(4))),
            size: try row.unsigned(5), modifiedAt: try row.time(6), changedAt: try row.time(7),
            bornAt: try row.time(8), linkCount: Int(try row.number(9)), accessVersion: try row.unsigned(10),
            changeVersion: try row.unsigned(11), representationVersion: try row.unsigned(12),
            content: row.optionalIdentifier(13).map(ContentID.init),
            mediaType: row.optionalText(14).map(MediaType.init(stored:)),
            symlinkTarget: row.optionalText(15), metadata: try metadata(row.optionalText(17)),
            fence: FencingToken(UInt64(ordered: try row.number(16))))
    }

    private static func kind(_ number: Int64) throws(MetadataError) -> FileKind {
        switch number {
        case 0: .file
        case 1: .directory
        case 2: .symlink
        default: throw .corrupt
        }
    }

    private static func metadata(_ text: String?) throws(MetadataError) -> UserMetadata {
        guard let text else { return UserMetadata() }
        guard let metadata = UserMetadata(stored: text) else { throw .corrupt }
        return metadata
    }
}

/// How a content is read from a row: its columns in the order in which the statements name them.
enum ContentRow {
    static let columnCount = 6

    /// Nil where there is none. `bytes` is the column of the inline bytes.
    static func read(_ row: Row, at start: Int, bytes: Int) throws(MetadataError) -> Content? {
        guard let id = row.optionalIdentifier(start) else { return nil }
        let locations = try locations(row.bytes(start + 5) ?? [])
        guard !locations.isEmpty else { throw .corrupt }
        let digests = Digests(
            sha256: row.bytes(start + 2), sha512: row.bytes(start + 3), crc32c: row.bytes(start + 4))
        return Content(
            id: ContentID(id), size: try row.unsigned(start + 1), digests: digests, locations: locations,
            inlineBytes: row.bytes(bytes))
    }

    /// 16 bytes of a location, 16 of its store, and one that tells whether it is inline.
    private static func locations(_ packed: [UInt8]) throws(MetadataError) -> [ContentLocation] {
        guard packed.count % 33 == 0 else { throw .corrupt }
        var locations: [ContentLocation] = []
        for start in stride(from: 0, to: packed.count, by: 33) {
            guard let id = Identifier(bytes: packed[start..<start + 16]),
                let store = Identifier(bytes: packed[start + 16..<start + 32])
            else { throw .corrupt }
            locations.append(
                ContentLocation(
                    id: LocationID(id), store: StoreID(store), isInline: packed[start + 32] == 1))
        }
        return locations
    }
}
