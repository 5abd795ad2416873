/// Functions of the server that read. Those marked STABLE see the snapshot of the statement that calls them,
/// so a statement is one instant, whatever it calls (postgresql.org/docs/15/xfunc-volatility.html).
///
/// What is called often is of the language plpgsql, which keeps its plans; a function of the language sql
/// that is no mere expression is planned at each call.
extension Schema {
    static let timeFunctions = [
        // The clock of the server, which has microseconds.
        """
        CREATE FUNCTION clock() RETURNS bigint LANGUAGE sql VOLATILE AS
        $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000 $$
        """,
        // The time of a snapshot that was taken before: not earlier than any commit that it can see.
        """
        CREATE FUNCTION sample() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            now bigint;
        BEGIN
            SELECT greatest(clock(), last_value) INTO now FROM store_time;
            RETURN now;
        END $$
        """,
        // The time of a commit: later than any that was given before, and not before `floor`. Reading and
        // writing the sequence is one step for everybody, by a lock that is held for just that: what a
        // subtransaction locks is free again when it is taken back, and a sequence does not go back.
        """
        CREATE FUNCTION advance(floor bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            given bigint;
        BEGIN
            BEGIN
                PERFORM pg_advisory_xact_lock(1128354609, 'store_time'::regclass::oid::int);
                SELECT greatest(floor, clock(), last_value + 1) INTO given FROM store_time;
                PERFORM setval('store_time', given);
                RAISE EXCEPTION USING ERRCODE = 'CF000';
            EXCEPTION WHEN SQLSTATE 'CF000' THEN
                NULL;
            END;
            RETURN given;
        END $$
        """,
    ]

    /// What a walk looks up, as inodes in the order in which `PathWalk` asks: the root first, null for a name
    /// that is not there. It may go on where `PathWalk` has stopped, and never stops before.
    static let walkFunction = [
        """
        CREATE FUNCTION walk(names text[], following int, links_max int, components_max int)
        RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
        DECLARE
            root CONSTANT uuid := '00000000-0000-0000-0000-000000000001';
            found uuid[] := ARRAY[root];
            way uuid[] := '{}';
            place uuid := root;
            kind smallint := 1;
            pending text[] := '{}';
            taken int := 0;
            followed int := 0;
            seen int := 0;
            component text;
            is_last boolean;
            target text;
            parts text[];
        BEGIN
            LOOP
                IF cardinality(pending) > 0 THEN
                    EXIT WHEN kind <> 1;
                    component := pending[cardinality(pending)];
                    pending := trim_array(pending, 1);
                    CONTINUE WHEN component = '.';
                    IF component = '..' THEN
                        IF cardinality(way) > 0 THEN way := trim_array(way, 1); END IF;
                        place := coalesce(way[cardinality(way)], root);
                        CONTINUE;
                    END IF;
                    EXIT WHEN octet_length(component) > 255;
                ELSE
                    EXIT WHEN taken = cardinality(names) OR kind <> 1;
                    taken := taken + 1;
                    component := names[taken];
                END IF;
                is_last := cardinality(pending) = 0 AND taken = cardinality(names);
                SELECT e.inode, e.kind INTO place, kind FROM entry e
                    WHERE e.parent = place AND e.name = component;
                found := array_append(found, place);
                EXIT WHEN place IS NULL;
                way := array_append(way, place);
                CONTINUE WHEN kind <> 2 OR following = 0 OR is_last AND following = 1;
                SELECT i.symlink_target INTO target FROM inode i WHERE i.id = place;
                parts := array_remove(string_to_array(target, '/'), '');
                seen := seen + cardinality(parts);
                EXIT WHEN followed >= links_max OR seen > components_max;
                followed := followed + 1;
                IF left(target, 1) = '/' THEN way := '{}'; ELSE way := trim_array(way, 1); END IF;
                place := coalesce(way[cardinality(way)], root);
                kind := 1;
                pending := pending
                    || ARRAY(SELECT p FROM unnest(parts) WITH ORDINALITY AS u(p, n) ORDER BY n DESC);
            END LOOP;
            RETURN found;
        END $$
        """
    ]

    /// Whether entries still lead where they led, to inodes of the same access versions, and the root has
    /// its own.
    static let chainFunction = [
        """
        CREATE FUNCTION chain_holds(
            root_version bigint, parents uuid[], names text[], inodes uuid[], versions bigint[])
        RETURNS boolean LANGUAGE plpgsql STABLE AS $$
        BEGIN
            RETURN EXISTS (
                SELECT 1 FROM inode WHERE id = '00000000-0000-0000-0000-000000000001'
                    AND access_version = root_version)
            AND NOT EXISTS (
                SELECT 1 FROM unnest(parents, names, inodes, versions) AS u(parent, name, inode, version)
                WHERE NOT EXISTS (
                    SELECT 1 FROM entry e JOIN inode i ON i.id = e.inode
                    WHERE e.parent = u.parent AND e.name = u.name AND e.inode = u.inode
                        AND i.access_version = u.version));
        END $$
        """
    ]

    /// A content with the locations that are not condemned, packed: 16 bytes of a location, 16 of its store,
    /// and one that tells whether it is inline. Nothing for a detail of 0, and the inline bytes for 2.
    static let contentFunction = [
        """
        CREATE FUNCTION content_of(subject uuid, detail int)
        RETURNS TABLE (
            id uuid, size bigint, sha256 bytea, sha512 bytea, crc32c bytea, locations bytea, bytes bytea)
        LANGUAGE plpgsql STABLE STRICT ROWS 1 AS $$
        BEGIN
            IF detail = 0 THEN RETURN; END IF;
            RETURN QUERY SELECT c.id, c.size, c.sha256, c.sha512, c.crc32c, (
                    SELECT string_agg(uuid_send(l.id) || uuid_send(l.store)
                        || CASE WHEN l.inline THEN '\\x01' ELSE '\\x00' END::bytea, ''::bytea ORDER BY l.id)
                    FROM location l WHERE l.content = c.id AND l.condemned IS NULL),
                CASE WHEN detail = 2 THEN (
                    SELECT b.bytes FROM content_bytes b WHERE b.content = c.id) END
            FROM content c WHERE c.id = subject;
        END $$
        """
    ]
}
