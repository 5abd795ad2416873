/// The questions that are asked of the server, prepared once for each connection.
enum PreparedStatement: String, CaseIterable {
    case resolve, list, now, link, answer, stores, members, condemned, locations, counts
    case commit, outcome, reclaim, forget, claim, reap, retire, forgetAnswers, tidy
    case register, announce, leave

    /// Whether it may change something.
    var isChange: Bool {
        switch self {
        case .resolve, .list, .now, .link, .answer, .stores, .members, .condemned, .locations, .counts: false
        case .commit, .outcome, .reclaim, .forget, .claim, .reap, .retire, .forgetAnswers, .tidy, .register,
            .announce, .leave:
            true
        }
    }

    var text: String {
        switch self {
        case .resolve: Self.resolveText
        case .list: Self.listText
        case .now: "SELECT sample()"
        case .link: Self.linkText
        case .answer: Self.answerText
        case .stores: "SELECT id, backend, kind, instance FROM store ORDER BY id"
        case .members:
            "SELECT \(MemberRow.columns), sample() FROM (SELECT 1) o LEFT JOIN member m ON true "
                + "ORDER BY m.instance"
        case .condemned: Self.condemnedText
        case .locations: Self.locationsText
        case .counts: Self.countsText
        case .commit:
            "SELECT status, at, place FROM commit_changeset($1::uuid, $2::jsonb, $3::bytea, $4::boolean)"
        case .outcome: "SELECT committed, at FROM decide_outcome($1::uuid)"
        case .reclaim: "SELECT reclaim($1::int)"
        case .forget: "SELECT forget_locations($1::uuid[])"
        case .claim:
            "SELECT id FROM claim_orphans($1::uuid[], $2::uuid) WITH ORDINALITY AS c(id, n) ORDER BY n"
        case .reap: "SELECT reap($1::int)"
        case .retire: "SELECT retire_links($1::int, $2::bigint)"
        case .forgetAnswers: "SELECT forget_answers($1::int, $2::bigint)"
        case .tidy: "SELECT tidy($1::int, $2::bigint, $3::bigint)"
        case .register:
            "SELECT id, backend, kind, instance FROM register_store($1::uuid, $2::text, $3::text, $4::text)"
        case .announce: Self.announceText
        case .leave: Self.leaveText
        }
    }

    // MARK: The tree

    private static let contentColumns =
        "c.id, c.size, c.sha256, c.sha512, c.crc32c, c.locations, c.bytes"

    /// What was looked up on the way, in order, the root first; with the file at the end its content, if that
    /// was asked for. Names, following, links, components, detail.
    private static let resolveText = """
        SELECT \(InodeRow.columns), \(contentColumns), CASE WHEN u.n = 1 THEN sample() END, u.n
        FROM unnest(walk($1::text[], $2::int, $3::int, $4::int)) WITH ORDINALITY AS u(id, n)
        LEFT JOIN inode_now i ON i.id = u.id
        LEFT JOIN LATERAL content_of(i.content, $5::int) c ON true
        """

    /// One row at least, which says whether the chain holds. Root's version, parents, names, inodes,
    /// versions; directory, after, limit.
    private static let listText = """
        SELECT \(InodeRow.columns), e.name, l.id, l.store, l.inline, h.holds, h.at
        FROM (SELECT chain_holds($1::bigint, $2::uuid[], $3::text[], $4::uuid[], $5::bigint[]) AS holds,
            sample() AS at) h
        LEFT JOIN LATERAL (
            SELECT k.name, k.inode FROM entry k WHERE h.holds AND k.parent = $6::uuid AND k.name > $7::text
            ORDER BY k.name LIMIT $8::int) e ON true
        LEFT JOIN inode_now i ON i.id = e.inode
        LEFT JOIN LATERAL (
            SELECT a.id, a.store, a.inline FROM location a
            WHERE a.content = i.content AND a.condemned IS NULL ORDER BY a.id LIMIT 1) l ON true
        ORDER BY e.name
        """

    // MARK: Links, answers, nodes

    private static let linkText = """
        SELECT \(LinkRow.columns), \(contentColumns), sample()
        FROM link k LEFT JOIN LATERAL content_of(CASE WHEN k.state = 1 THEN k.content END, 2) c ON true
        WHERE k.id = $1::uuid
        """

    private static let answerText = """
        SELECT (SELECT sum(k.kept)::bigint FROM answer_count k WHERE k.principal = $1::text), a.head, a.body,
            a.answer, a.recorded, sample()
        FROM (SELECT 1) o LEFT JOIN answer a ON a.principal = $1::text AND a.key = $2::text
        """

    /// Only if what is under the name is what it was when it was looked up: nothing, or the same
    /// announcement.
    private static let announceText = """
        INSERT INTO member AS m (instance, endpoint, state, incarnation, announced_until)
        SELECT $1::text, $2::text, $3::text, $4::uuid, $5::bigint
        WHERE $6::uuid IS NULL OR EXISTS (SELECT 1 FROM member WHERE instance = $1::text)
        ON CONFLICT (instance) DO UPDATE SET endpoint = excluded.endpoint, state = excluded.state,
            incarnation = excluded.incarnation, announced_until = excluded.announced_until
        WHERE m.incarnation = $6::uuid AND m.state = $7::text AND m.announced_until = $8::bigint
        RETURNING true
        """

    private static let leaveText = """
        DELETE FROM member WHERE instance = $1::text AND incarnation = $2::uuid AND state = $3::text
            AND announced_until = $4::bigint RETURNING true
        """

    // MARK: Ledgers

    private static let condemnedText = """
        SELECT id, store, inline FROM location WHERE condemned IS NOT NULL AND condemned <= $1::bigint
        AND (inline OR store = ANY ($2::uuid[])) ORDER BY condemned, id LIMIT $3::int
        """

    private static let locationsText = """
        SELECT l.id, c.size, c.sha256 FROM location l JOIN content c ON c.id = l.content
        WHERE l.store = $1::uuid AND ($2::uuid IS NULL OR l.id > $2::uuid) AND NOT l.inline
            AND l.condemned IS NULL
        ORDER BY l.id LIMIT $3::int
        """

    private static let countsText = """
        SELECT (SELECT count(*) FROM candidate), (SELECT count(*) FROM location WHERE condemned IS NOT NULL),
            (SELECT count(*) FROM detached)
        """
}
