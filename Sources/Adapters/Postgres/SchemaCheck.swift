/// Looks for rows that contradict each other. Takes as long as reading the whole database does.
extension Schema {
    /// Identifiers of rows that should not be, each with what is wrong with them, from one snapshot. What
    /// foreign keys forbid cannot be.
    static let checkFunction = [
        """
        CREATE FUNCTION contradictions(step int) RETURNS TABLE (subject uuid, sentence text)
        LANGUAGE sql STABLE SET enable_seqscan = on SET enable_bitmapscan = on SET enable_hashjoin = on
        SET enable_mergejoin = on AS $$
            WITH RECURSIVE root(id) AS (SELECT '00000000-0000-0000-0000-000000000001'::uuid),
            reached(id) AS (
                SELECT id FROM root UNION SELECT inode FROM detached
                UNION SELECT e.inode FROM reached r JOIN entry e ON e.parent = r.id),
            named(id, count) AS (SELECT inode, count(*) FROM entry GROUP BY inode)
            SELECT i.id, 'the inode cannot be reached' FROM inode i
                WHERE NOT EXISTS (SELECT 1 FROM reached r WHERE r.id = i.id)
            UNION ALL
            SELECT i.id, 'the inode has another number of names than it counts' FROM inode i
                LEFT JOIN named n ON n.id = i.id LEFT JOIN root o ON o.id = i.id
                WHERE i.links <> coalesce(n.count, 0) + (o.id IS NOT NULL)::int
            UNION ALL
            SELECT inode, 'the directory has more than one name' FROM entry WHERE kind = 1
                GROUP BY inode HAVING count(*) > 1
            UNION ALL
            SELECT DISTINCT e.parent, 'the inode has entries and is no directory'
                FROM entry e JOIN inode i ON i.id = e.parent WHERE i.kind <> 1
            UNION ALL
            SELECT i.id, 'the inode is of another kind than its entry says'
                FROM entry e JOIN inode i ON i.id = e.inode WHERE i.kind <> e.kind
            UNION ALL
            SELECT d.inode, 'the tree is detached and has a name'
                FROM detached d JOIN entry e ON e.inode = d.inode
            UNION ALL
            SELECT i.id, 'the inode refers to a content that is not live'
                FROM inode i JOIN content c ON c.id = i.content WHERE NOT c.live
            UNION ALL
            SELECT l.id, 'the link pins a content that is not live'
                FROM link l JOIN content c ON c.id = l.content WHERE NOT c.live
            UNION ALL
            SELECT i.id, 'the inode has another size than its content'
                FROM inode i JOIN content c ON c.id = i.content WHERE c.size <> i.size
            UNION ALL
            SELECT c.id, 'the content has no location' FROM content c
                WHERE NOT EXISTS (SELECT 1 FROM location l WHERE l.content = c.id)
            UNION ALL
            SELECT c.id, 'nothing refers to the content and it is no candidate' FROM content c
                WHERE c.live AND NOT EXISTS (SELECT 1 FROM inode i WHERE i.content = c.id)
                AND NOT EXISTS (SELECT 1 FROM link l WHERE l.content = c.id)
                AND NOT EXISTS (SELECT 1 FROM candidate k WHERE k.content = c.id)
            UNION ALL
            SELECT c.id, 'the inline content is not there whole' FROM content c
                JOIN location l ON l.content = c.id AND l.inline
                LEFT JOIN content_bytes b ON b.content = c.id
                WHERE b.content IS NULL OR length(b.bytes) <> c.size
            UNION ALL
            SELECT l.id, 'the live location has no content' FROM location l
                WHERE l.content IS NULL AND l.condemned IS NULL
            UNION ALL
            SELECT k.directory, 'what is no directory was touched as one'
                FROM touch k JOIN inode i ON i.id = k.directory WHERE i.kind <> 1
            LIMIT step
        $$
        """
    ]
}
