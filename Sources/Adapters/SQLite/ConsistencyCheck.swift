internal import Domain

/// Looks for rows that contradict each other. Takes as long as reading the whole database does.
struct ConsistencyCheck {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    /// One sentence a finding, at most `limit`, all from one snapshot.
    func findings(limit: Int) throws(SQLiteFailure) -> [String] {
        var findings: [String] = []
        try connection.execute("BEGIN")
        defer { try? connection.execute("ROLLBACK") }
        let structure = try connection.prepare("PRAGMA quick_check(\(max(1, limit)))").all { row in
            row.text(0) ?? ""
        }
        findings += structure.filter { $0 != "ok" }.map { "the file is damaged: \($0)" }
        findings += try connection.prepare("PRAGMA foreign_key_check").all { row in
            "a row of table \(row.text(0) ?? "") refers to one of \(row.text(2) ?? "") that is not there"
        }
        findings += try connection.prepare(
            """
            SELECT id FROM content_bytes WHERE id NOT IN (SELECT bytes FROM content WHERE bytes IS NOT NULL)
            """
        ).all { row in "inline bytes \(row.integer(0)) belong to no content" }
        for question in Self.questions {
            guard findings.count < limit else { break }
            let statement = try connection.prepare(question.query + " LIMIT ?1")
            statement.bind(1, limit)
            if question.namesRoot { statement.bind(2, InodeID.root) }
            findings += try statement.all { row throws(SQLiteFailure) in
                "\(try row.identifier(0)): \(question.sentence)"
            }
        }
        return Array(findings.prefix(limit))
    }

    /// A query for the identifiers of rows that should not be, and what is wrong with them.
    private struct Question {
        let sentence: String
        let query: String
        var namesRoot: Bool { query.contains("?2") }
    }

    private static let questions = [
        Question(
            sentence: "the inode cannot be reached",
            query: """
                WITH RECURSIVE reached(id) AS (
                    SELECT ?2 UNION SELECT inode FROM detached
                    UNION SELECT e.inode FROM reached r JOIN entry e ON e.parent = r.id
                ) SELECT id FROM inode WHERE id NOT IN reached
                """),
        Question(
            sentence: "the inode has another number of names than it counts",
            query: """
                SELECT i.id FROM inode i
                WHERE i.links <> (SELECT count(*) FROM entry e WHERE e.inode = i.id) + (i.id = ?2)
                """),
        Question(
            sentence: "the directory has more than one name",
            query: "SELECT inode FROM entry WHERE kind = 1 GROUP BY inode HAVING count(*) > 1"),
        Question(
            sentence: "the inode has entries and is no directory",
            query: "SELECT DISTINCT e.parent FROM entry e JOIN inode i ON i.id = e.parent WHERE i.kind <> 1"),
        Question(
            sentence: "the inode is of another kind than its entry says",
            query: "SELECT i.id FROM entry e JOIN inode i ON i.id = e.inode WHERE i.kind <> e.kind"),
        Question(
            sentence: "the tree is detached and has a name",
            query: "SELECT d.inode FROM detached d JOIN entry e ON e.inode = d.inode"),
        Question(
            sentence: "the inode refers to a content that is not live",
            query: "SELECT i.id FROM inode i JOIN content c ON c.id = i.content WHERE c.live <> 1"),
        Question(
            sentence: "the link pins a content that is not live",
            query: "SELECT l.id FROM link l JOIN content c ON c.id = l.content WHERE c.live <> 1"),
        Question(
            sentence: "the inode has another size than its content",
            query: "SELECT i.id FROM inode i JOIN content c ON c.id = i.content WHERE c.size <> i.size"),
        Question(
            sentence: "the content has no location",
            query: "SELECT c.id FROM content c WHERE NOT EXISTS (SELECT 1 FROM location WHERE content = c.id)"
        ),
        Question(
            sentence: "nothing refers to the content and it is no candidate",
            query: """
                SELECT c.id FROM content c WHERE c.live = 1
                    AND NOT EXISTS (SELECT 1 FROM inode WHERE content = c.id)
                    AND NOT EXISTS (SELECT 1 FROM link WHERE content = c.id)
                    AND NOT EXISTS (SELECT 1 FROM candidate WHERE content = c.id)
                """),
        Question(
            sentence: "the inline content is not there whole",
            query: """
                SELECT c.id FROM content c JOIN location l ON l.content = c.id AND l.inline = 1
                LEFT JOIN content_bytes b ON b.id = c.bytes
                WHERE b.id IS NULL OR length(b.bytes) <> c.size
                """),
        Question(
            sentence: "the live location has no content",
            query: "SELECT id FROM location WHERE content IS NULL AND condemned IS NULL"),
    ]
}
