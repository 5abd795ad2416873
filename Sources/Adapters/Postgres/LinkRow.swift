import Domain
import Ports

/// How a link is read from a row.
enum LinkRow {
    /// Of a table or alias `k`.
    static let columns = """
        k.path, k.issuer, k.expires, k.state, k.ends, k.claim, k.inode, k.content, k.size, k.media_type, \
        k.modified
        """
    static let columnCount = 11

    static func read(_ row: Row) throws(MetadataError) -> DownloadLink {
        guard let path = try? FilePath(parsing: row.text(0)) else { throw .corrupt }
        return DownloadLink(
            path: path, issuer: try row.text(1), expiresAt: try row.time(2), state: try state(row))
    }

    private static func state(_ row: Row) throws(MetadataError) -> DownloadLink.State {
        switch try row.number(3) {
        case 0: return .issued(for: InodeID(try row.identifier(6)))
        case 1:
            let file = PinnedFile(
                inode: InodeID(try row.identifier(6)), content: row.optionalIdentifier(7).map(ContentID.init),
                size: try row.unsigned(8), mediaType: row.optionalText(9).map(MediaType.init(stored:)),
                modifiedAt: try row.time(10))
            return .claimed(ClaimKey(try row.identifier(5)), file, until: try row.time(4))
        case 2: return .over(since: try row.time(4))
        default: throw .corrupt
        }
    }
}

/// How a node that announced itself is read from a row.
enum MemberRow {
    /// Of a table or alias `m`.
    static let columns = "m.instance, m.endpoint, m.state, m.incarnation, m.announced_until"
    static let columnCount = 5

    static func read(_ row: Row) throws(MetadataError) -> Member {
        guard let instance = InstanceID(try row.text(0)), let state = MemberState(rawValue: try row.text(2))
        else { throw .corrupt }
        return Member(
            instance: instance, endpoint: row.optionalText(1).flatMap(HTTPOrigin.init(parsing:)),
            state: state, incarnation: try row.identifier(3), announcedUntil: try row.time(4))
    }
}

/// How a registered store is read from a row.
enum RegistryRow {
    static func read(_ row: Row) throws(MetadataError) -> RegisteredStore {
        guard let kind = BackendKind(rawValue: try row.text(2)) else { throw .corrupt }
        return RegisteredStore(
            id: StoreID(try row.identifier(0)), backend: try row.text(1), kind: kind,
            instance: row.optionalText(3).flatMap(InstanceID.init))
    }
}
