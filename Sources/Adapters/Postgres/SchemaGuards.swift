/// Functions of the server that a commit checks with. All are VOLATILE: each statement in them has a snapshot
/// of its own, taken when it begins, and so sees what was committed while the ones before it waited for
/// locks (postgresql.org/docs/15/xfunc-volatility.html).
extension Schema {
    static let directoryFunctions = [
        """
        CREATE FUNCTION slot() RETURNS smallint LANGUAGE sql STABLE AS
        $$ SELECT (pg_backend_pid() % 32)::smallint $$
        """,
        // Entries of a directory changed.
        """
        CREATE FUNCTION touch_directory(touched uuid, t bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            INSERT INTO touch AS known (directory, slot, changes, at) VALUES (touched, slot(), 1, t)
            ON CONFLICT (directory, slot) DO UPDATE SET changes = known.changes + 1, at = excluded.at;
        END $$
        """,
        // Writes into the row of a directory what it does not have yet. The caller keeps everybody else from
        // changing its entries.
        """
        CREATE FUNCTION fold(folded uuid) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            WITH gone AS (DELETE FROM touch WHERE directory = folded RETURNING changes, at),
                total AS (SELECT sum(changes)::bigint AS changes, max(at) AS at FROM gone)
            UPDATE inode SET modified = total.at, changed = greatest(changed, total.at),
                change_version = change_version + total.changes
            FROM total WHERE id = folded AND total.at IS NOT NULL;
        END $$
        """,
    ]

    /// Whether somebody may remove all that a tree holds: null when they may, else why not. Superusers are
    /// not asked about. As `AccessPolicy.mayEmpty` has it, and a sticky directory of somebody else keeps
    /// what is not theirs.
    static let removableFunction = [
        """
        CREATE FUNCTION removal_refusal(top uuid, who bigint, groups bigint[], directories_max int)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            waiting uuid[] := ARRAY[top];
            walked int := 0;
        BEGIN
            WHILE cardinality(waiting) > 0 LOOP
                walked := walked + cardinality(waiting);
                IF walked > directories_max THEN RETURN 'too large'; END IF;
                IF EXISTS (
                    SELECT 1 FROM unnest(waiting) AS w(id) JOIN inode i ON i.id = w.id
                    WHERE EXISTS (SELECT 1 FROM entry e WHERE e.parent = i.id) AND (
                        (i.mode >> CASE WHEN i.owner = who THEN 6 WHEN i.owner_group = ANY (groups) THEN 3
                            ELSE 0 END) & 7 <> 7
                        OR i.mode & 512 <> 0 AND i.owner <> who AND EXISTS (
                            SELECT 1 FROM entry e JOIN inode c ON c.id = e.inode
                            WHERE e.parent = i.id AND c.owner <> who)))
                THEN RETURN 'broken'; END IF;
                waiting := ARRAY(SELECT e.inode FROM entry e WHERE e.parent = ANY (waiting) AND e.kind = 1);
            END LOOP;
            RETURN NULL;
        END $$
        """
    ]

    /// Why a changeset cannot happen because of a precondition; null when it holds. What the namespace lock
    /// does not keep as it is gets locked here or before: entries that lead to files, contents, links.
    static let guardFunction = [
        """
        CREATE FUNCTION guard_refusal(guard jsonb, now bigint, limits jsonb, is_alone boolean)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            subject CONSTANT uuid := guard->>'i';
            parent_id CONSTANT uuid := guard->>'p';
            entry_name CONSTANT text := guard->>'n';
            number CONSTANT bigint := guard->>'v';
            holds boolean;
            found_kind smallint;
            who bigint;
        BEGIN
            CASE guard->>'k'
            WHEN 'entry' THEN
                SELECT e.inode = subject, e.kind INTO holds, found_kind FROM entry e
                    WHERE e.parent = parent_id AND e.name = entry_name;
                IF holds AND found_kind <> 1 AND NOT is_alone THEN
                    SELECT e.inode = subject INTO holds FROM entry e
                        WHERE e.parent = parent_id AND e.name = entry_name FOR SHARE;
                END IF;
            WHEN 'no entry' THEN
                SELECT i.kind = 1 INTO holds FROM inode i WHERE i.id = parent_id;
                holds := holds AND NOT EXISTS (
                    SELECT 1 FROM entry e WHERE e.parent = parent_id AND e.name = entry_name);
            WHEN 'access' THEN
                SELECT i.access_version = number INTO holds FROM inode i WHERE i.id = subject;
            WHEN 'unchanged' THEN
                SELECT i.change_version = number INTO holds FROM inode i WHERE i.id = subject;
            WHEN 'empty' THEN
                SELECT i.kind = 1 INTO holds FROM inode i WHERE i.id = subject;
                holds := holds AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.parent = subject);
            WHEN 'removable' THEN
                who := guard->>'u';
                SELECT i.kind INTO found_kind FROM inode i WHERE i.id = subject;
                holds := found_kind IS NOT NULL;
                IF found_kind = 1 AND who <> 0 THEN
                    RETURN removal_refusal(
                        subject, who, ARRAY(SELECT jsonb_array_elements_text(guard->'g')::bigint),
                        (limits->>'tree')::int);
                END IF;
            WHEN 'outside' THEN
                WITH RECURSIVE up(id) AS (
                    SELECT subject UNION SELECT e.parent FROM up JOIN entry e ON e.inode = up.id)
                SELECT NOT EXISTS (SELECT 1 FROM up WHERE id = parent_id) INTO holds;
            WHEN 'fence' THEN
                SELECT i.fence <= number INTO holds FROM inode i WHERE i.id = subject;
            WHEN 'live' THEN
                SELECT c.live INTO holds FROM content c WHERE c.id = subject FOR SHARE;
            WHEN 'open' THEN
                SELECT l.state = 0 AND now < l.expires INTO holds FROM link l WHERE l.id = subject FOR UPDATE;
            WHEN 'unused' THEN
                holds := NOT EXISTS (
                    SELECT 1 FROM answer a WHERE a.principal = guard->>'w' AND a.key = guard->>'n'
                        AND a.recorded + (limits->>'kept')::bigint > now);
            END CASE;
            RETURN CASE WHEN holds THEN NULL ELSE 'broken' END;
        END $$
        """
    ]
}
