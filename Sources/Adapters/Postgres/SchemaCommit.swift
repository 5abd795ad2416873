/// The commit, as one function of the server: one statement is one message and one round trip, and each
/// statement in it has a snapshot of its own, taken after the locks that it rests on.
extension Schema {
    static let lockFunction = [
        // Locks inodes in the order given, which is that of their identifiers for everybody, each at once as
        // strongly as it will be needed: 1 for its identity, 2 against changes, 3 to change it, 4 to change
        // it whole or remove it. There is one strength for a directory and one for anything else; who
        // changes the entries of a directory holds no more than its identity.
        """
        CREATE FUNCTION lock_inodes(locks jsonb, is_alone boolean)
        RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            wanted jsonb;
            subject uuid;
            found_kind smallint;
            strength int;
        BEGIN
            FOR wanted IN SELECT value FROM jsonb_array_elements(locks) LOOP
                subject := wanted->>0;
                SELECT i.kind INTO found_kind FROM inode i WHERE i.id = subject;
                CONTINUE WHEN NOT FOUND;
                strength := CASE WHEN found_kind = 1 THEN wanted->2 ELSE wanted->1 END;
                IF NOT is_alone THEN
                    CASE strength
                    WHEN 0 THEN NULL;
                    WHEN 1 THEN PERFORM 1 FROM inode i WHERE i.id = subject FOR KEY SHARE;
                    WHEN 2 THEN PERFORM 1 FROM inode i WHERE i.id = subject FOR SHARE;
                    WHEN 3 THEN PERFORM 1 FROM inode i WHERE i.id = subject FOR NO KEY UPDATE;
                    WHEN 4 THEN PERFORM 1 FROM inode i WHERE i.id = subject FOR UPDATE;
                    END CASE;
                END IF;
                IF found_kind = 1 AND strength = 4 THEN PERFORM fold(subject); END IF;
            END LOOP;
        END $$
        """,
        // Nobody commits beside whoever holds the namespace alone; who shares it knows that no directory
        // moves, goes, or changes its mode or owner. Waiting for it alone keeps out those who come later, so
        // it is short.
        """
        CREATE FUNCTION lock_namespace(is_alone boolean, patience text)
        RETURNS void LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            IF is_alone THEN
                PERFORM set_config('lock_timeout', patience, true);
                PERFORM pg_advisory_xact_lock(1128354610, 'inode'::regclass::oid::int);
                PERFORM set_config('lock_timeout', '0', true);
            ELSE
                PERFORM pg_advisory_xact_lock_shared(1128354610, 'inode'::regclass::oid::int);
            END IF;
        END $$
        """,
    ]

    /// `status` is `committed` or `aborted`, when that was decided at `at`, or why it was refused: `late`,
    /// `broken` or `too large`, the latter by the precondition at `place`. A refusal by a mutation is an
    /// error of state CF001, so that everything before it is taken back; CF002 asks to try again alone.
    static let commitFunction = [
        """
        CREATE FUNCTION commit_changeset(new_id uuid, change jsonb, bytes bytea, must_be_alone boolean)
        RETURNS TABLE (status text, at bigint, place int) LANGUAGE plpgsql VOLATILE AS $$
        DECLARE
            limits CONSTANT jsonb := change->'limits';
            deadline CONSTANT bigint := change->>'deadline';
            is_alone boolean;
            now bigint;
            part jsonb;
        BEGIN
            SELECT CASE WHEN c.committed THEN 'committed' ELSE 'aborted' END, c.decided INTO status, at
                FROM changeset c WHERE c.id = new_id;
            IF FOUND THEN RETURN NEXT; RETURN; END IF;

            -- What kind an inode is of never changes, so this needs no lock.
            is_alone := must_be_alone OR EXISTS (
                SELECT 1 FROM jsonb_array_elements_text(change->'structural') AS s(id)
                JOIN inode i ON i.id = s.id::uuid WHERE i.kind = 1);
            PERFORM lock_namespace(is_alone, change->>'patience');
            PERFORM lock_inodes(change->'locks', is_alone);

            SELECT greatest(clock(), last_value + 1) INTO now FROM store_time;
            IF now > deadline THEN
                status := 'late';
                RETURN NEXT;
                RETURN;
            END IF;
            place := 0;
            FOR part IN SELECT value FROM jsonb_array_elements(change->'if') LOOP
                status := guard_refusal(part, now, limits, is_alone);
                IF status IS NOT NULL THEN RETURN NEXT; RETURN; END IF;
                place := place + 1;
            END LOOP;

            -- Nothing has been written so far.
            at := advance(now);
            IF at > deadline THEN
                status := 'late';
                RETURN NEXT;
                RETURN;
            END IF;
            INSERT INTO changeset (id, committed, decided) VALUES (new_id, true, at) ON CONFLICT DO NOTHING;
            IF NOT FOUND THEN
                SELECT CASE WHEN c.committed THEN 'committed' ELSE 'aborted' END, c.decided INTO status, at
                    FROM changeset c WHERE c.id = new_id;
                RETURN NEXT;
                RETURN;
            END IF;
            place := 0;
            FOR part IN SELECT value FROM jsonb_array_elements(change->'do') LOOP
                status := mutation_refusal(part, bytes, limits, is_alone, at);
                IF status IS NOT NULL THEN
                    RAISE EXCEPTION USING ERRCODE = 'CF001', MESSAGE = 'a mutation was refused',
                        DETAIL = place || ' ' || status;
                END IF;
                place := place + 1;
            END LOOP;
            status := 'committed';
            RETURN NEXT;
        END $$
        """
    ]

    /// Decides a changeset as aborted if it was not decided before. It writes either way, so that its own
    /// end waits for the standby that has to have what it found.
    static let outcomeFunction = [
        """
        CREATE FUNCTION decide_outcome(asked uuid) RETURNS TABLE (committed boolean, at bigint)
        LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            RETURN QUERY INSERT INTO changeset AS known (id, committed, decided)
                VALUES (asked, false, advance(0))
                ON CONFLICT (id) DO UPDATE SET decided = known.decided
                RETURNING known.committed, known.decided;
        END $$
        """
    ]
}
