/// Functions of the server that change the tables for a commit. Each returns null, or why it cannot: then the
/// whole transaction is taken back.
extension Schema {
    static let linkCountFunctions = [
        // Whoever drops a reference holds the content while it enters the candidate, so that a reclaim
        // which does not see the drop yet cannot strike the candidate out.
        """
        CREATE FUNCTION add_candidate(dropped uuid) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            IF dropped IS NULL THEN RETURN; END IF;
            PERFORM 1 FROM content c WHERE c.id = dropped FOR KEY SHARE;
            INSERT INTO candidate (content) VALUES (dropped) ON CONFLICT DO NOTHING;
        END $$
        """,
        // Takes one name from an inode; with the last one the inode goes and its content is a candidate.
        """
        CREATE FUNCTION drop_link(subject uuid, t bigint) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            dropped uuid;
        BEGIN
            UPDATE inode SET links = links - 1, changed = t, change_version = change_version + 1
                WHERE id = subject AND links > 1;
            IF FOUND THEN RETURN; END IF;
            DELETE FROM inode WHERE id = subject RETURNING content INTO dropped;
            PERFORM add_candidate(dropped);
        END $$
        """,
        """
        CREATE FUNCTION is_live(subject uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            answer boolean;
        BEGIN
            SELECT c.live INTO answer FROM content c WHERE c.id = subject FOR SHARE;
            RETURN coalesce(answer, false);
        END $$
        """,
    ]

    static let entryMutations = [
        """
        CREATE FUNCTION add_entry(parent_id uuid, new_name text, subject uuid, fresh smallint, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            found_kind smallint := fresh;
            count bigint := 0;
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM inode i WHERE i.id = parent_id AND i.kind = 1) THEN
                RETURN 'no entry';
            END IF;
            IF fresh IS NULL THEN
                IF EXISTS (SELECT 1 FROM entry e WHERE e.parent = parent_id AND e.name = new_name) THEN
                    RETURN 'no entry';
                END IF;
                SELECT i.kind, i.links INTO found_kind, count FROM inode i WHERE i.id = subject;
                IF NOT FOUND OR found_kind = 1 AND count > 0 THEN RETURN 'missing'; END IF;
            END IF;
            INSERT INTO entry (parent, name, inode, kind) VALUES (parent_id, new_name, subject, found_kind)
                ON CONFLICT (parent, name) DO NOTHING;
            IF NOT FOUND THEN RETURN 'no entry'; END IF;
            IF count > 0 THEN
                UPDATE inode SET links = links + 1, changed = t, change_version = change_version + 1
                    WHERE id = subject;
            ELSIF fresh IS NULL THEN
                UPDATE inode SET links = 1 WHERE id = subject;
            END IF;
            PERFORM touch_directory(parent_id, t);
            RETURN NULL;
        END $$
        """,
        // With `whole`, a directory goes with all that is below it.
        """
        CREATE FUNCTION remove_entry(
            parent_id uuid, old_name text, subject uuid, whole boolean, is_alone boolean, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            found_kind smallint;
        BEGIN
            SELECT e.kind INTO found_kind FROM entry e
                WHERE e.parent = parent_id AND e.name = old_name AND e.inode = subject;
            IF NOT FOUND THEN RETURN 'entry'; END IF;
            IF found_kind = 1 AND NOT is_alone THEN RAISE EXCEPTION USING ERRCODE = 'CF002'; END IF;
            IF found_kind = 1 AND NOT whole AND EXISTS (SELECT 1 FROM entry e WHERE e.parent = subject) THEN
                RETURN 'not empty';
            END IF;
            DELETE FROM entry e WHERE e.parent = parent_id AND e.name = old_name AND e.inode = subject;
            IF NOT FOUND THEN RETURN 'entry'; END IF;
            IF found_kind = 1 AND whole THEN
                UPDATE inode SET links = 0 WHERE id = subject;
                INSERT INTO detached (inode) VALUES (subject) ON CONFLICT DO NOTHING;
            ELSE
                PERFORM drop_link(subject, t);
            END IF;
            PERFORM touch_directory(parent_id, t) FROM inode i WHERE i.id = parent_id;
            RETURN NULL;
        END $$
        """,
        """
        CREATE FUNCTION move_entry(
            from_id uuid, old_name text, to_id uuid, new_name text, subject uuid, is_alone boolean, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            found_kind smallint;
        BEGIN
            DELETE FROM entry e WHERE e.parent = from_id AND e.name = old_name AND e.inode = subject
                RETURNING e.kind INTO found_kind;
            IF NOT FOUND THEN RETURN 'entry'; END IF;
            IF found_kind = 1 AND NOT is_alone THEN RAISE EXCEPTION USING ERRCODE = 'CF002'; END IF;
            IF NOT EXISTS (SELECT 1 FROM inode i WHERE i.id = to_id AND i.kind = 1) THEN
                RETURN 'no entry';
            END IF;
            INSERT INTO entry (parent, name, inode, kind) VALUES (to_id, new_name, subject, found_kind)
                ON CONFLICT (parent, name) DO NOTHING;
            IF NOT FOUND THEN RETURN 'no entry'; END IF;
            PERFORM touch_directory(to_id, t);
            IF from_id <> to_id THEN PERFORM touch_directory(from_id, t); END IF;
            UPDATE inode SET changed = t, change_version = change_version + 1 WHERE id = subject;
            RETURN NULL;
        END $$
        """,
    ]

    static let contentMutations = [
        """
        CREATE FUNCTION create_inode(m jsonb, t bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            held CONSTANT uuid := m->>'c';
        BEGIN
            IF held IS NOT NULL AND NOT is_live(held) THEN
                RETURN CASE WHEN EXISTS (SELECT 1 FROM inode i WHERE i.id = (m->>'i')::uuid)
                    THEN 'identifier' ELSE 'content' END;
            END IF;
            INSERT INTO inode (id, kind, mode, owner, owner_group, size, modified, changed, born, links,
                access_version, change_version, representation_version, content, media_type, symlink_target,
                fence, metadata)
            VALUES ((m->>'i')::uuid, (m->>'kind')::smallint, (m->>'mode')::int, (m->>'u')::bigint,
                (m->>'g')::bigint, (m->>'s')::bigint, coalesce((m->>'at')::bigint, t), t, t,
                coalesce((m->>'l')::bigint, 0), 1, 1, 1, held, m->>'type', m->>'target',
                (m->>'v')::bigint, m->>'meta')
            ON CONFLICT DO NOTHING;
            RETURN CASE WHEN FOUND THEN NULL ELSE 'identifier' END;
        END $$
        """,
        """
        CREATE FUNCTION publish_content(m jsonb, bytes bytea) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            new_id CONSTANT uuid := m->>'c';
            is_inline CONSTANT boolean := m ? 'from';
            is_new boolean;
        BEGIN
            INSERT INTO content (id, size, sha256, sha512, crc32c, live)
            VALUES (new_id, (m->>'s')::bigint, decode(m->>'sha256', 'hex'), decode(m->>'sha512', 'hex'),
                decode(m->>'crc32c', 'hex'), true)
            ON CONFLICT DO NOTHING;
            is_new := FOUND;
            INSERT INTO location (id, content, store, inline)
            VALUES ((m->>'l')::uuid, new_id, (m->>'st')::uuid, is_inline) ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
                RETURN CASE WHEN EXISTS (
                    SELECT 1 FROM location l WHERE l.id = (m->>'l')::uuid AND l.condemned IS NOT NULL)
                    THEN 'location' ELSE 'identifier' END;
            END IF;
            IF NOT is_new THEN RETURN 'identifier'; END IF;
            IF is_inline THEN
                INSERT INTO content_bytes (content, bytes)
                VALUES (new_id, substring(bytes FROM (m->>'from')::int + 1 FOR (m->>'s')::int));
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE FUNCTION set_content(m jsonb, t bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            held CONSTANT uuid := m->>'c';
            before uuid;
        BEGIN
            SELECT i.content INTO before FROM inode i WHERE i.id = (m->>'i')::uuid AND i.kind = 0;
            IF NOT FOUND THEN RETURN 'missing'; END IF;
            IF held IS NOT NULL AND NOT is_live(held) THEN RETURN 'content'; END IF;
            IF before IS DISTINCT FROM held THEN PERFORM add_candidate(before); END IF;
            UPDATE inode SET content = held, size = (m->>'s')::bigint,
                modified = coalesce((m->>'at')::bigint, t), changed = t, change_version = change_version + 1,
                representation_version = representation_version
                    + (m ? 'type' AND media_type IS DISTINCT FROM m->>'type')::int,
                media_type = CASE WHEN m ? 'type' THEN m->>'type' ELSE media_type END
            WHERE id = (m->>'i')::uuid;
            RETURN NULL;
        END $$
        """,
        """
        CREATE FUNCTION set_attributes(m jsonb, is_alone boolean, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            subject CONSTANT uuid := m->>'i';
            found_kind smallint;
        BEGIN
            SELECT i.kind INTO found_kind FROM inode i WHERE i.id = subject;
            IF NOT FOUND THEN RETURN 'missing'; END IF;
            IF found_kind = 1 THEN
                IF NOT is_alone AND m ?| ARRAY['mode', 'u', 'g'] THEN
                    RAISE EXCEPTION USING ERRCODE = 'CF002';
                END IF;
                PERFORM fold(subject);
            END IF;
            UPDATE inode SET
                access_version = access_version + ((mode, owner, owner_group) IS DISTINCT FROM (
                    coalesce((m->>'mode')::int, mode), coalesce((m->>'u')::bigint, owner),
                    coalesce((m->>'g')::bigint, owner_group)))::int,
                mode = coalesce((m->>'mode')::int, mode), owner = coalesce((m->>'u')::bigint, owner),
                owner_group = coalesce((m->>'g')::bigint, owner_group),
                modified = coalesce((m->>'at')::bigint, modified), changed = t,
                change_version = change_version + 1,
                representation_version = representation_version
                    + (m ? 'type' AND media_type IS DISTINCT FROM m->>'type')::int,
                media_type = CASE WHEN m ? 'type' THEN m->>'type' ELSE media_type END,
                metadata = CASE WHEN m ? 'meta' THEN m->>'meta' ELSE metadata END
            WHERE id = subject;
            RETURN NULL;
        END $$
        """,
    ]

    static let linkMutations = [
        """
        CREATE FUNCTION claim_link(m jsonb, limits jsonb, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            held CONSTANT uuid := m->>'c';
        BEGIN
            PERFORM 1 FROM link l WHERE l.id = (m->>'i')::uuid AND l.state = 0
                AND l.inode = (m->>'file')::uuid AND t < l.expires FOR UPDATE;
            IF NOT FOUND THEN RETURN 'link'; END IF;
            IF held IS NOT NULL AND NOT is_live(held) THEN RETURN 'content'; END IF;
            UPDATE link SET state = 1, ends = t + (limits->>'window')::bigint, claim = (m->>'claim')::uuid,
                content = held, size = (m->>'s')::bigint, media_type = m->>'type',
                modified = (m->>'at')::bigint
            WHERE id = (m->>'i')::uuid;
            RETURN NULL;
        END $$
        """,
        """
        CREATE FUNCTION record_answer(m jsonb, limits jsonb, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            given_head CONSTANT bytea := decode(m->>'head', 'hex');
            given_body CONSTANT bytea := decode(m->>'body', 'hex');
            given_answer CONSTANT bytea := decode(m->>'answer', 'hex');
        BEGIN
            INSERT INTO answer AS known (principal, key, head, body, answer, recorded)
            VALUES (m->>'w', m->>'n', given_head, given_body, given_answer, t) ON CONFLICT DO NOTHING;
            IF FOUND THEN
                INSERT INTO answer_count AS known (principal, slot, kept) VALUES (m->>'w', slot(), 1)
                ON CONFLICT (principal, slot) DO UPDATE SET kept = known.kept + 1;
                RETURN NULL;
            END IF;
            UPDATE answer SET head = given_head, body = given_body, answer = given_answer, recorded = t
                WHERE principal = m->>'w' AND key = m->>'n'
                AND recorded + (limits->>'kept')::bigint <= t;
            RETURN CASE WHEN FOUND THEN NULL ELSE 'key' END;
        END $$
        """,
    ]

    static let mutationFunction = [
        """
        CREATE FUNCTION mutation_refusal(m jsonb, bytes bytea, limits jsonb, is_alone boolean, t bigint)
        RETURNS text LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            CASE m->>'k'
            WHEN 'inode' THEN RETURN create_inode(m, t);
            WHEN 'add' THEN
                RETURN add_entry((m->>'p')::uuid, m->>'n', (m->>'i')::uuid, (m->>'fresh')::smallint, t);
            WHEN 'remove', 'detach' THEN
                RETURN remove_entry(
                    (m->>'p')::uuid, m->>'n', (m->>'i')::uuid, m->>'k' = 'detach', is_alone, t);
            WHEN 'move' THEN
                RETURN move_entry(
                    (m->>'p')::uuid, m->>'n', (m->>'to')::uuid, m->>'as', (m->>'i')::uuid, is_alone, t);
            WHEN 'publish' THEN RETURN publish_content(m, bytes);
            WHEN 'content' THEN RETURN set_content(m, t);
            WHEN 'attributes' THEN RETURN set_attributes(m, is_alone, t);
            WHEN 'fence' THEN
                UPDATE inode SET fence = greatest(fence, (m->>'v')::bigint) WHERE id = (m->>'i')::uuid;
                RETURN CASE WHEN FOUND THEN NULL ELSE 'missing' END;
            WHEN 'link' THEN
                INSERT INTO link (id, path, issuer, expires, state, ends, inode)
                VALUES ((m->>'i')::uuid, m->>'path', m->>'w', (m->>'at')::bigint, 0, (m->>'at')::bigint,
                    (m->>'file')::uuid) ON CONFLICT DO NOTHING;
                RETURN CASE WHEN FOUND THEN NULL ELSE 'identifier' END;
            WHEN 'claim' THEN RETURN claim_link(m, limits, t);
            WHEN 'finish' THEN
                UPDATE link SET ends = t + (limits->>'grace')::bigint WHERE id = (m->>'i')::uuid
                    AND state = 1 AND claim = (m->>'claim')::uuid AND t + (limits->>'grace')::bigint < ends;
                RETURN NULL;
            WHEN 'answer' THEN RETURN record_answer(m, limits, t);
            END CASE;
        END $$
        """
    ]
}
