internal import Domain

/// Changes links, on the writer's thread and inside its transaction.
struct LinkWriter {
    private let select: Statement
    private let insertion: Statement
    private let update: Statement
    private let overdue: Statement
    private let forget: Statement
    private let addCandidate: Statement

    init(_ connection: Connection, addCandidate: Statement) throws(SQLiteFailure) {
        self.addCandidate = addCandidate
        select = try connection.prepare(LinkRow.select)
        insertion = try connection.prepare(LinkRow.insert)
        update = try connection.prepare(LinkRow.update)
        overdue = try connection.prepare(
            "SELECT id FROM link WHERE state = 1 AND ends <= ?1 ORDER BY ends, id LIMIT ?2")
        forget = try connection.prepare(
            """
            DELETE FROM link WHERE id IN
                (SELECT id FROM link WHERE state <> 1 AND ends <= ?1 ORDER BY ends, id LIMIT ?2)
            """)
    }

    func link(_ key: LinkKey) throws(SQLiteFailure) -> DownloadLink? {
        try select.bind(1, key).first { row throws(SQLiteFailure) in try LinkRow.read(row) }
    }

    /// False when there is one of this key.
    func insert(_ link: DownloadLink, _ key: LinkKey) throws(SQLiteFailure) -> Bool {
        LinkRow.bind(link, key, to: insertion)
        return try insertion.runCountingChanges() == 1
    }

    /// Lets a link change its state; what it pinned before and not any more becomes a candidate. False, and
    /// nothing is written, when there is no such link or `change` says so.
    func change(
        _ key: LinkKey, _ change: (inout DownloadLink) -> Bool
    ) throws(SQLiteFailure) -> Bool {
        guard var link = try link(key) else { return false }
        let pinned = link.pinnedContent
        guard change(&link) else { return false }
        LinkRow.bind(link, key, to: update)
        try update.run()
        if let pinned, pinned != link.pinnedContent { try addCandidate.bind(1, pinned).run() }
        return true
    }

    /// Ends claims whose window is over, then removes rows that are over for long. Returns how many.
    func retire(limit: Int, at time: WallTime) throws(SQLiteFailure) -> Int {
        let claimed = try overdue.bind(1, time).bind(2, limit).all { row throws(SQLiteFailure) in
            LinkKey(try row.identifier(0))
        }
        for key in claimed { _ = try change(key) { $0.retire(at: time) } }
        guard claimed.count < limit else { return claimed.count }
        let removal = forget.bind(1, time - Limits.linkMemory).bind(2, limit - claimed.count)
        return claimed.count + (try removal.runCountingChanges())
    }
}
