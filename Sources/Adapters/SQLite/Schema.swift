/// The tables, as a list of migrations that is only ever added to. An empty file gets all of them in one
/// transaction.
///
/// Identifiers are blobs of 16 bytes. Times are nanoseconds since 1970. Tables whose key is an identifier are
/// kept in its order (WITHOUT ROWID), which is the order of time, so new rows go to the end.
enum Schema {
    /// `CFS1`, so that the file says what it is (sqlite.org/fileformat2.html, section 1.3.15).
    static let applicationID = 0x4346_5331

    static let migrations: [[String]] = [
        version1, userMetadata, furtherDigests, linkTables, answers, members,
        linksNameFiles,
    ]

    private static let version1 = [
        "CREATE TABLE migration (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL)",
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
        """
        CREATE TABLE content (
            id BLOB PRIMARY KEY, size INTEGER NOT NULL, sha256 BLOB, live INTEGER NOT NULL,
            bytes INTEGER REFERENCES content_bytes(id)
        ) WITHOUT ROWID
        """,
        // Apart from `content`, and with a row number for its key, because long rows belong into a table of
        // that kind (sqlite.org/withoutrowid.html, section 4).
        "CREATE TABLE content_bytes (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
        "CREATE INDEX content_by_bytes ON content(bytes) WHERE bytes IS NOT NULL",
        // `content` is NULL for what the sweep claimed; `condemned` is the time since when, NULL while it is
        // live.
        """
        CREATE TABLE location (
            id BLOB PRIMARY KEY, content BLOB REFERENCES content(id), store BLOB NOT NULL,
            inline INTEGER NOT NULL, condemned INTEGER
        ) WITHOUT ROWID
        """,
        // With all that a listing asks for.
        "CREATE INDEX location_by_content ON location(content, id, store, inline, condemned)",
        "CREATE INDEX location_stored ON location(store, id) WHERE inline = 0 AND condemned IS NULL",
        "CREATE INDEX location_condemned ON location(condemned, id) WHERE condemned IS NOT NULL",
        """
        CREATE TABLE inode (
            id BLOB PRIMARY KEY, kind INTEGER NOT NULL, mode INTEGER NOT NULL, owner INTEGER NOT NULL,
            owner_group INTEGER NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
            changed INTEGER NOT NULL, born INTEGER NOT NULL, links INTEGER NOT NULL,
            access_version INTEGER NOT NULL, change_version INTEGER NOT NULL,
            representation_version INTEGER NOT NULL, content BLOB REFERENCES content(id), media_type TEXT,
            symlink_target TEXT, fence INTEGER NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX inode_by_content ON inode(content) WHERE content IS NOT NULL",
        // `kind` repeats the inode's, which never changes, so that a walk over directories passes the files
        // by.
        """
        CREATE TABLE entry (
            parent BLOB NOT NULL REFERENCES inode(id), name TEXT NOT NULL,
            inode BLOB NOT NULL REFERENCES inode(id), kind INTEGER NOT NULL, PRIMARY KEY (parent, name)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX entry_by_inode ON entry(inode)",
        "CREATE INDEX entry_of_directory ON entry(parent, inode) WHERE kind = 1",
        """
        CREATE TABLE changeset (id BLOB PRIMARY KEY, committed INTEGER NOT NULL, decided INTEGER NOT NULL)
            WITHOUT ROWID
        """,
        "CREATE TABLE candidate (content BLOB PRIMARY KEY REFERENCES content(id)) WITHOUT ROWID",
        "CREATE TABLE detached (inode BLOB PRIMARY KEY REFERENCES inode(id)) WITHOUT ROWID",
        """
        CREATE TABLE store (
            id BLOB PRIMARY KEY, backend TEXT NOT NULL, kind TEXT NOT NULL, instance TEXT
        ) WITHOUT ROWID
        """,
    ]

    /// `UserMetadata.stored`, NULL for none.
    private static let userMetadata = ["ALTER TABLE inode ADD COLUMN metadata TEXT"]

    /// NULL where they were not computed.
    private static let furtherDigests = [
        "ALTER TABLE content ADD COLUMN sha512 BLOB", "ALTER TABLE content ADD COLUMN crc32c BLOB",
    ]

    /// Single-use links. `state` is 0 for an issued, 1 for a claimed and 2 for a link that is over; `ends` is
    /// when that state comes to its end, and of one that is over, since when. `inode` is the file that an
    /// issued link is for, and with the columns behind it what a claim pins.
    private static let linkTables = [
        """
        CREATE TABLE link (
            id BLOB PRIMARY KEY, path TEXT NOT NULL, issuer TEXT NOT NULL, expires INTEGER NOT NULL,
            state INTEGER NOT NULL, ends INTEGER NOT NULL, claim BLOB, inode BLOB,
            content BLOB REFERENCES content(id), size INTEGER, media_type TEXT, modified INTEGER
        ) WITHOUT ROWID
        """,
        "CREATE INDEX link_by_content ON link(content) WHERE content IS NOT NULL",
        "CREATE INDEX link_claimed ON link(ends, id) WHERE state = 1",
        "CREATE INDEX link_unclaimed ON link(ends, id) WHERE state <> 1",
    ]

    /// What was answered under idempotency keys, and how many answers each principal has.
    private static let answers = [
        """
        CREATE TABLE answer (
            principal TEXT NOT NULL, key TEXT NOT NULL, head BLOB NOT NULL, body BLOB, answer BLOB NOT NULL,
            recorded INTEGER NOT NULL, PRIMARY KEY (principal, key)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX answer_by_time ON answer(recorded)",
        "CREATE TABLE answer_count (principal TEXT PRIMARY KEY, kept INTEGER NOT NULL) WITHOUT ROWID",
        """
        CREATE TRIGGER answer_added AFTER INSERT ON answer BEGIN
            INSERT INTO answer_count (principal, kept) VALUES (new.principal, 1)
                ON CONFLICT (principal) DO UPDATE SET kept = kept + 1;
        END
        """,
        """
        CREATE TRIGGER answer_dropped AFTER DELETE ON answer BEGIN
            UPDATE answer_count SET kept = kept - 1 WHERE principal = old.principal;
        END
        """,
    ]

    /// Links that were issued for a path alone are over: what file each was meant for, nobody knows any more.
    private static let linksNameFiles = ["UPDATE link SET state = 2 WHERE state = 0"]

    /// The nodes that announced themselves.
    private static let members = [
        """
        CREATE TABLE member (
            instance TEXT PRIMARY KEY, endpoint TEXT, state TEXT NOT NULL, incarnation BLOB NOT NULL,
            announced_until INTEGER NOT NULL
        ) WITHOUT ROWID
        """
    ]
}
