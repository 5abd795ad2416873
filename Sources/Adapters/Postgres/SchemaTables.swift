/// The tables, as a list of migrations that is only ever added to. An empty schema gets all of them, in one
/// transaction.
///
/// Identifiers are of type uuid, which sorts by bytes as they do. Times are nanoseconds since 1970. Numbers
/// without a sign are kept with the same bits, and fences, which are compared, with the highest bit inverted.
/// Texts sort by bytes.
enum Schema {
    /// A step to a newer schema.
    struct Step {
        /// The oldest release of the schema whose programs may go on while this one is in use: a rolling
        /// upgrade has both for a while.
        let runsWith: Int
        let statements: [String]
    }

    static let steps = [
        Step(
            runsWith: 1,
            statements: tables + ledgers
                + [
                    timeFunctions, directoryFunctions, walkFunction, chainFunction, contentFunction,
                    removableFunction,
                    guardFunction, linkCountFunctions, entryMutations, contentMutations, linkMutations,
                    mutationFunction, lockFunction, commitFunction, outcomeFunction, reclaimFunctions,
                    sweepFunctions, reapFunction, tidyFunctions, registryFunction, checkFunction,
                ].flatMap(\.self))
    ]

    private static let tables = [
        """
        CREATE TABLE migration (
            version int PRIMARY KEY, runs_with int NOT NULL, applied timestamptz NOT NULL DEFAULT now())
        """,
        "CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL)",
        // The newest time that was given. A sequence is written at once and for all to see, whatever becomes
        // of the transaction, and holds nobody up.
        "CREATE SEQUENCE store_time AS bigint MINVALUE 0 START 0",
        """
        CREATE TABLE content (
            id uuid PRIMARY KEY, size bigint NOT NULL, sha256 bytea, sha512 bytea, crc32c bytea,
            live boolean NOT NULL)
        """,
        """
        CREATE TABLE content_bytes (
            content uuid PRIMARY KEY REFERENCES content ON DELETE CASCADE, bytes bytea NOT NULL)
        """,
        "ALTER TABLE content_bytes ALTER bytes SET STORAGE EXTERNAL",
        // `content` is null for what the sweep claimed; `condemned` is the time since when, null while it is
        // live.
        """
        CREATE TABLE location (
            id uuid PRIMARY KEY, content uuid REFERENCES content, store uuid NOT NULL,
            inline boolean NOT NULL, condemned bigint)
        """,
        "CREATE INDEX location_by_content ON location (content)",
        "CREATE INDEX location_stored ON location (store, id) WHERE NOT inline AND condemned IS NULL",
        "CREATE INDEX location_condemned ON location (condemned, id) WHERE condemned IS NOT NULL",
        """
        CREATE TABLE inode (
            id uuid PRIMARY KEY, kind smallint NOT NULL, mode int NOT NULL, owner bigint NOT NULL,
            owner_group bigint NOT NULL, size bigint NOT NULL, modified bigint NOT NULL,
            changed bigint NOT NULL, born bigint NOT NULL, links bigint NOT NULL,
            access_version bigint NOT NULL, change_version bigint NOT NULL,
            representation_version bigint NOT NULL, content uuid REFERENCES content, media_type text,
            symlink_target text, fence bigint NOT NULL, metadata text)
        """,
        "CREATE INDEX inode_by_content ON inode (content) WHERE content IS NOT NULL",
        // `kind` repeats the inode's, which never changes, so that a walk need not look at every inode.
        """
        CREATE TABLE entry (
            parent uuid NOT NULL REFERENCES inode, name text COLLATE "C" NOT NULL,
            inode uuid NOT NULL REFERENCES inode, kind smallint NOT NULL, PRIMARY KEY (parent, name))
        """,
        "CREATE INDEX entry_by_inode ON entry (inode)",
        "CREATE INDEX entry_of_directory ON entry (parent, inode) WHERE kind = 1",
        // Changes of a directory's entries since its row was written, so that those who change them do not
        // wait for that row: each session of the server has a place of its own, or nearly.
        """
        CREATE TABLE touch (
            directory uuid REFERENCES inode ON DELETE CASCADE, slot smallint, changes bigint NOT NULL,
            at bigint NOT NULL, PRIMARY KEY (directory, slot)) WITH (fillfactor = 50)
        """,
        // An inode as it is, with what its row does not have yet.
        """
        CREATE VIEW inode_now AS SELECT i.id, i.kind, i.mode, i.owner, i.owner_group, i.size,
            coalesce(t.at, i.modified) AS modified, greatest(i.changed, t.at) AS changed, i.born, i.links,
            i.access_version, i.change_version + coalesce(t.changes, 0) AS change_version,
            i.representation_version, i.content, i.media_type, i.symlink_target, i.fence, i.metadata
        FROM inode i LEFT JOIN LATERAL (
            SELECT sum(changes)::bigint AS changes, max(at) AS at FROM touch
            WHERE i.kind = 1 AND directory = i.id) t ON true
        """,
    ]

    private static let ledgers = [
        "CREATE TABLE changeset (id uuid PRIMARY KEY, committed boolean NOT NULL, decided bigint NOT NULL)",
        "CREATE TABLE candidate (content uuid PRIMARY KEY REFERENCES content ON DELETE CASCADE)",
        "CREATE TABLE detached (inode uuid PRIMARY KEY REFERENCES inode)",
        "CREATE TABLE store (id uuid PRIMARY KEY, backend text NOT NULL, kind text NOT NULL, instance text)",
        // `state` is 0 for an issued, 1 for a claimed and 2 for a link that is over; `ends` is when that
        // state comes to its end, and of one that is over, since when. `inode` is the file that an issued
        // link is for, and with the columns behind it what a claim pins.
        """
        CREATE TABLE link (
            id uuid PRIMARY KEY, path text NOT NULL, issuer text NOT NULL, expires bigint NOT NULL,
            state smallint NOT NULL, ends bigint NOT NULL, claim uuid, inode uuid,
            content uuid REFERENCES content, size bigint, media_type text, modified bigint)
        """,
        "CREATE INDEX link_by_content ON link (content) WHERE content IS NOT NULL",
        "CREATE INDEX link_claimed ON link (ends, id) WHERE state = 1",
        "CREATE INDEX link_unclaimed ON link (ends, id) WHERE state <> 1",
        """
        CREATE TABLE answer (
            principal text COLLATE "C", key text COLLATE "C", head bytea NOT NULL, body bytea,
            answer bytea NOT NULL, recorded bigint NOT NULL, PRIMARY KEY (principal, key))
        """,
        "CREATE INDEX answer_by_time ON answer (recorded)",
        // In several places for the same reason as `touch`; what counts is their sum.
        """
        CREATE TABLE answer_count (
            principal text COLLATE "C", slot smallint, kept bigint NOT NULL, PRIMARY KEY (principal, slot))
        """,
        """
        CREATE TABLE member (
            instance text COLLATE "C" PRIMARY KEY, endpoint text, state text NOT NULL,
            incarnation uuid NOT NULL, announced_until bigint NOT NULL)
        """,
    ]
}
