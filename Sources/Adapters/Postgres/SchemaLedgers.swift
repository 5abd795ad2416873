/// Functions of the server for background work and registries. Each is one bounded transaction.
extension Schema {
    static let reclaimFunctions = [
        // Inline bytes go at once: who resolved the content has them already. Others wait for a reader that
        // still comes.
        """
        CREATE FUNCTION condemn(subject uuid, t bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            DELETE FROM location WHERE content = subject AND inline;
            UPDATE location SET condemned = t WHERE content = subject AND condemned IS NULL;
            IF EXISTS (SELECT 1 FROM location WHERE content = subject) THEN
                DELETE FROM content_bytes WHERE content = subject;
                UPDATE content SET live = false WHERE id = subject;
            ELSE
                DELETE FROM content WHERE id = subject;
            END IF;
        END $$
        """,
        // Candidates that a commit holds are left for the next time. The locks come before the questions,
        // so nothing begins to refer to a content after it was found unreferenced.
        """
        CREATE FUNCTION reclaim(step int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            subject uuid;
            looked int := 0;
            t bigint;
        BEGIN
            FOR subject IN
                SELECT c.id FROM candidate k JOIN content c ON c.id = k.content ORDER BY k.content LIMIT step
                FOR UPDATE OF c SKIP LOCKED
            LOOP
                t := coalesce(t, advance(0));
                looked := looked + 1;
                DELETE FROM candidate WHERE content = subject;
                IF NOT EXISTS (SELECT 1 FROM inode WHERE content = subject)
                    AND NOT EXISTS (SELECT 1 FROM link WHERE content = subject)
                THEN
                    PERFORM condemn(subject, t);
                END IF;
            END LOOP;
            RETURN looked;
        END $$
        """,
    ]

    static let sweepFunctions = [
        """
        CREATE FUNCTION forget_locations(gone uuid[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            subject uuid;
            kept_by uuid;
        BEGIN
            FOREACH subject IN ARRAY gone LOOP
                SELECT l.content INTO kept_by FROM location l
                    WHERE l.id = subject AND l.condemned IS NOT NULL;
                CONTINUE WHEN NOT FOUND;
                -- Two that forget locations of one content take turns, or neither would see the last one go.
                PERFORM 1 FROM content c WHERE c.id = kept_by FOR UPDATE;
                DELETE FROM location WHERE id = subject;
                IF NOT EXISTS (SELECT 1 FROM location WHERE content = kept_by) THEN
                    DELETE FROM content WHERE id = kept_by;
                END IF;
            END LOOP;
        END $$
        """,
        """
        CREATE FUNCTION claim_orphans(stored uuid[], place uuid) RETURNS SETOF uuid
        LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            subject uuid;
            t CONSTANT bigint := advance(0);
        BEGIN
            FOREACH subject IN ARRAY stored LOOP
                INSERT INTO location (id, content, store, inline, condemned)
                VALUES (subject, NULL, place, false, t) ON CONFLICT DO NOTHING;
                IF FOUND OR EXISTS (SELECT 1 FROM location WHERE id = subject AND content IS NULL) THEN
                    RETURN NEXT subject;
                END IF;
            END LOOP;
        END $$
        """,
    ]

    /// From the top down: a directory below a detached one becomes a detached one of its own, so a step is
    /// bounded however deep the tree is.
    static let reapFunction = [
        """
        CREATE FUNCTION reap(step int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            top uuid;
            below record;
            taken int := 0;
            t bigint;
        BEGIN
            PERFORM lock_namespace(false, NULL);
            WHILE taken < step LOOP
                SELECT d.inode INTO top FROM detached d ORDER BY d.inode LIMIT 1 FOR UPDATE SKIP LOCKED;
                EXIT WHEN NOT FOUND;
                t := coalesce(t, advance(0));
                PERFORM 1 FROM inode i WHERE i.id = top FOR UPDATE;
                LOOP
                    EXIT WHEN taken = step;
                    SELECT e.name, e.inode, e.kind INTO below FROM entry e
                        WHERE e.parent = top ORDER BY e.name LIMIT 1;
                    EXIT WHEN NOT FOUND;
                    PERFORM 1 FROM inode i WHERE i.id = below.inode FOR UPDATE;
                    DELETE FROM entry WHERE parent = top AND name = below.name;
                    IF below.kind = 1 THEN
                        UPDATE inode SET links = 0 WHERE id = below.inode;
                        INSERT INTO detached (inode) VALUES (below.inode) ON CONFLICT DO NOTHING;
                    ELSE
                        PERFORM drop_link(below.inode, t);
                    END IF;
                    taken := taken + 1;
                END LOOP;
                EXIT WHEN taken = step;
                taken := taken + 1;
                DELETE FROM detached WHERE inode = top;
                DELETE FROM inode WHERE id = top;
            END LOOP;
            RETURN taken;
        END $$
        """
    ]

    static let tidyFunctions = [
        """
        CREATE FUNCTION retire_links(step int, memory bigint) RETURNS int LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            overdue record;
            retired int := 0;
            forgotten int := 0;
            t CONSTANT bigint := sample();
        BEGIN
            FOR overdue IN
                SELECT l.id, l.content FROM link l WHERE l.state = 1 AND l.ends <= t ORDER BY l.ends, l.id
                LIMIT step FOR UPDATE SKIP LOCKED
            LOOP
                UPDATE link SET state = 2, claim = NULL, inode = NULL, content = NULL, size = NULL,
                    media_type = NULL, modified = NULL WHERE id = overdue.id;
                PERFORM add_candidate(overdue.content);
                retired := retired + 1;
            END LOOP;
            DELETE FROM link WHERE id IN (
                SELECT l.id FROM link l WHERE l.state <> 1 AND l.ends <= t - memory ORDER BY l.ends, l.id
                LIMIT step - retired FOR UPDATE SKIP LOCKED);
            GET DIAGNOSTICS forgotten = ROW_COUNT;
            RETURN retired + forgotten;
        END $$
        """,
        """
        CREATE FUNCTION forget_answers(step int, kept_for bigint) RETURNS int LANGUAGE sql VOLATILE AS $$
            WITH gone AS (
                DELETE FROM answer WHERE (principal, key) IN (
                    SELECT a.principal, a.key FROM answer a WHERE a.recorded <= sample() - kept_for
                    ORDER BY a.recorded LIMIT step FOR UPDATE SKIP LOCKED)
                RETURNING principal),
            counted AS (
                INSERT INTO answer_count AS known (principal, slot, kept)
                SELECT principal, slot(), -count(*) FROM gone GROUP BY principal ORDER BY principal
                ON CONFLICT (principal, slot) DO UPDATE SET kept = known.kept + excluded.kept)
            SELECT count(*)::int FROM gone
        $$
        """,
        // Outcomes that nobody can ask for any more, and then directories that were left alone for a while,
        // whose rows get what they do not have yet. True when there may be more.
        """
        CREATE FUNCTION tidy(step int, kept_for bigint, quiet_for bigint)
        RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            t CONSTANT bigint := sample();
            subject uuid;
            done int := 0;
        BEGIN
            DELETE FROM changeset WHERE id IN (
                SELECT o.id FROM (
                    SELECT c.id, c.decided FROM changeset c ORDER BY c.id LIMIT step FOR UPDATE SKIP LOCKED
                ) o WHERE o.decided <= t - kept_for);
            GET DIAGNOSTICS done = ROW_COUNT;
            IF done > 0 THEN RETURN true; END IF;
            FOR subject IN
                SELECT i.id FROM inode i WHERE i.id IN (
                    SELECT k.directory FROM touch k GROUP BY k.directory HAVING max(k.at) <= t - quiet_for
                    LIMIT step)
                ORDER BY i.id FOR UPDATE SKIP LOCKED
            LOOP
                PERFORM fold(subject);
                done := done + 1;
            END LOOP;
            RETURN done > 0;
        END $$
        """,
    ]

    /// The store that was registered before and is this one or stands in its way, if any; otherwise it is
    /// registered.
    static let registryFunction = [
        """
        CREATE FUNCTION register_store(new_id uuid, new_backend text, new_kind text, new_instance text)
        RETURNS SETOF store LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(1128354611, 'store'::regclass::oid::int);
            RETURN QUERY SELECT * FROM store s WHERE s.id = new_id
                OR s.instance IS NOT DISTINCT FROM new_instance AND s.backend = new_backend
                ORDER BY s.id LIMIT 1;
            IF FOUND THEN RETURN; END IF;
            INSERT INTO store (id, backend, kind, instance)
            VALUES (new_id, new_backend, new_kind, new_instance);
        END $$
        """
    ]
}
