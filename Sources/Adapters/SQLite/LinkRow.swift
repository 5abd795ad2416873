internal import Domain

/// How a link is kept in a row.
enum LinkRow {
    static let select = "SELECT \(columns) FROM link WHERE id = ?1"
    static let insert = """
        INSERT OR IGNORE INTO link (id, \(columns))
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """
    /// Takes the same bindings; path, issuer and expiry never change.
    static let update = """
        UPDATE link SET state = ?5, ends = ?6, claim = ?7, inode = ?8, content = ?9, size = ?10,
            media_type = ?11, modified = ?12
        WHERE id = ?1
        """

    private static let columns =
        "path, issuer, expires, state, ends, claim, inode, content, size, media_type, modified"

    static func bind(_ link: DownloadLink, _ key: LinkKey, to statement: Statement) {
        statement.bind(1, key).bind(2, link.path.description).bind(3, link.issuer).bind(4, link.expiresAt)
        statement.bind(6, link.endsAt)
        for column in Int32(7)...12 { statement.bindNull(column) }
        switch link.state {
        case .issued(let file): statement.bind(5, 0).bind(8, file)
        case .claimed(let claim, let file, _):
            statement.bind(5, 1).bind(7, claim).bind(8, file.inode).bind(9, file.content)
            statement.bind(10, file.size).bind(11, file.mediaType?.text).bind(12, file.modifiedAt)
        case .over: statement.bind(5, 2)
        }
    }

    static func read(_ row: Statement) throws(SQLiteFailure) -> DownloadLink {
        guard let text = row.text(0), let path = try? FilePath(parsing: text), let issuer = row.text(1)
        else { throw .corrupt("a link has no path or no issuer") }
        return DownloadLink(path: path, issuer: issuer, expiresAt: row.time(2), state: try state(row))
    }

    private static func state(_ row: Statement) throws(SQLiteFailure) -> DownloadLink.State {
        switch row.integer(3) {
        case 0: return .issued(for: InodeID(try row.identifier(6)))
        case 1:
            let file = PinnedFile(
                inode: InodeID(try row.identifier(6)), content: row.optionalIdentifier(7).map(ContentID.init),
                size: row.unsigned(8), mediaType: row.text(9).map(MediaType.init(stored:)),
                modifiedAt: row.time(10))
            return .claimed(ClaimKey(try row.identifier(5)), file, until: row.time(4))
        case 2: return .over(since: row.time(4))
        default: throw .corrupt("a link is in state \(row.integer(3))")
        }
    }
}
