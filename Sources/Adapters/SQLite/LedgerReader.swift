internal import Domain
internal import Ports

/// The reading half of the ledger and the registry: questions that are asked rarely, so nothing is prepared
/// before.
extension TreeReader {
    func condemned(
        before time: WallTime, in stores: [StoreID], limit: Int
    ) throws(SQLiteFailure) -> [ContentLocation] {
        // A node has a handful of stores.
        let places = stores.indices.map { "?\($0 + 3)" }.joined(separator: ", ")
        let statement = try connection.prepare(
            """
            SELECT id, store, inline FROM location WHERE condemned IS NOT NULL AND condemned <= ?1
            AND (inline = 1 OR store IN (\(places))) ORDER BY condemned, id LIMIT ?2
            """)
        for (index, store) in stores.enumerated() { statement.bind(Int32(index + 3), store) }
        return try statement.bind(1, time).bind(2, limit).all { row throws(SQLiteFailure) in
            ContentLocation(
                id: LocationID(try row.identifier(0)), store: StoreID(try row.identifier(1)),
                isInline: row.integer(2) == 1)
        }
    }

    func counts() throws(SQLiteFailure) -> LedgerCounts {
        let statement = try connection.prepare(
            """
            SELECT (SELECT count(*) FROM candidate),
                (SELECT count(*) FROM location WHERE condemned IS NOT NULL), (SELECT count(*) FROM detached)
            """)
        let counts = try statement.first { row in
            LedgerCounts(
                candidates: Int(row.integer(0)), condemned: Int(row.integer(1)),
                detachedTrees: Int(row.integer(2)))
        }
        guard let counts else { throw .corrupt("nothing can be counted") }
        return counts
    }

    func locations(
        in store: StoreID, after location: LocationID?, limit: Int
    ) throws(SQLiteFailure) -> [StoredLocation] {
        let statement = try connection.prepare(
            """
            SELECT l.id, c.size, c.sha256 FROM location l INDEXED BY location_stored
            JOIN content c ON c.id = l.content
            WHERE l.store = ?1 AND l.id > ?2 AND l.inline = 0 AND l.condemned IS NULL ORDER BY l.id LIMIT ?3
            """)
        statement.bind(1, store).bind(3, limit)
        // An empty blob is before every other.
        if let location { statement.bind(2, location) } else { statement.bind(2, [UInt8]()) }
        return try statement.all { row throws(SQLiteFailure) in
            StoredLocation(
                id: LocationID(try row.identifier(0)), size: row.unsigned(1), sha256: row.bytes(2))
        }
    }

    func stores() throws(SQLiteFailure) -> [RegisteredStore] {
        try connection.prepare(RegistryRow.select).all(RegistryRow.read)
    }
}
