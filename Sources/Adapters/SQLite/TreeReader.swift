internal import Domain
internal import Ports

/// Reads the tree through one connection of its own. Confined to one thread at a time.
final class TreeReader {
    let connection: Connection
    let clock: StoreClock
    private let directories: KnownDirectories
    private let highWater: Statement
    private let inode: Statement
    private let child: Statement
    private let step: Statement
    private let page: Statement
    private let content: Statement
    private let bytes: Statement
    private let link: Statement

    init(
        connection: Connection, clock: StoreClock, directories: KnownDirectories
    ) throws(SQLiteFailure) {
        self.directories = directories
        highWater = try connection.prepare("SELECT value FROM meta WHERE name = 'high water'")
        self.connection = connection
        self.clock = clock
        inode = try connection.prepare("SELECT \(InodeRow.columns) FROM inode i WHERE i.id = ?1")
        child = try connection.prepare(
            """
            SELECT \(InodeRow.columns) FROM entry e JOIN inode i ON i.id = e.inode
            WHERE e.parent = ?1 AND e.name = ?2
            """)
        step = try connection.prepare(
            """
            SELECT e.inode, i.access_version FROM entry e JOIN inode i ON i.id = e.inode
            WHERE e.parent = ?1 AND e.name = ?2
            """)
        // A content with several locations gives several rows, the first location first.
        page = try connection.prepare(
            """
            SELECT \(InodeRow.columns), e.name, l.id, l.store, l.inline FROM entry e
            JOIN inode i ON i.id = e.inode
            LEFT JOIN location l ON l.content = i.content AND l.condemned IS NULL
            WHERE e.parent = ?1 AND e.name > ?2 ORDER BY e.name
            """)
        content = try connection.prepare(
            """
            SELECT c.size, c.sha256, c.bytes, c.sha512, c.crc32c, l.id, l.store, l.inline FROM content c
            LEFT JOIN location l ON l.content = c.id AND l.condemned IS NULL WHERE c.id = ?1 ORDER BY l.id
            """)
        bytes = try connection.prepare("SELECT bytes FROM content_bytes WHERE id = ?1")
        link = try connection.prepare(LinkRow.select)
    }

    /// Runs `body` in one snapshot with the root of the tree. A statement that has not come to its end keeps
    /// the snapshot, which spares BEGIN and COMMIT.
    private func inSnapshot<Value>(
        _ body: (Inode) throws(SQLiteFailure) -> Value
    ) throws(SQLiteFailure) -> Value {
        let value = try inode.bind(1, InodeID.root).first { row throws(SQLiteFailure) in
            try body(try InodeRow.read(row))
        }
        guard let value else { throw .corrupt("there is no root") }
        return value
    }

    func resolve(
        _ path: FilePath, content detail: ContentDetail, following: LinkFollowing
    ) throws(SQLiteFailure) -> Resolution {
        let resolution = try highWater.first { row throws(SQLiteFailure) in
            try resolve(path, content: detail, following: following, in: row.time(0))
        }
        guard let resolution else { throw .corrupt("there is no high-water time") }
        return resolution
    }

    /// In a snapshot that is open, and that the commit of this high-water time made.
    private func resolve(
        _ path: FilePath, content detail: ContentDetail, following: LinkFollowing, in snapshot: WallTime
    ) throws(SQLiteFailure) -> Resolution {
        let time = clock.sample()
        let known = directories.along(path.names, asOf: snapshot)
        var come: [KnownDirectories.Found] = []
        let root: Inode
        if let first = known.first {
            root = first
        } else {
            root = try self.root()
            come.append(KnownDirectories.Found(name: nil, inode: root))
        }
        var walk = PathWalk(along: path, following: following, from: root)
        var taken = 1
        while let lookup = walk.next() {
            if taken < known.count {
                // Nothing but directories so far, so it goes by the names of the path.
                walk.answer(known[taken])
                taken += 1
                continue
            }
            let found = try child.bind(1, lookup.parent).bind(2, lookup.name.text).first {
                row throws(SQLiteFailure) in try InodeRow.read(row)
            }
            if let found, found.kind == .directory {
                let name = EntryKey(parent: lookup.parent, name: lookup.name)
                come.append(KnownDirectories.Found(name: name, inode: found))
            }
            walk.answer(found)
        }
        if !come.isEmpty { directories.remember(come, asOf: snapshot) }
        var found: Content?
        if let target = walk.target { found = try content(of: target, detail) }
        return walk.resolution(content: found, time: time)
    }

    private func root() throws(SQLiteFailure) -> Inode {
        let root = try inode.bind(1, InodeID.root).first { row throws(SQLiteFailure) in
            try InodeRow.read(row)
        }
        guard let root else { throw .corrupt("there is no root") }
        return root
    }

    func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) throws(SQLiteFailure) -> DirectoryPage? {
        guard let target = directory.target, target.kind == .directory
        else { preconditionFailure("only a directory has entries") }
        return try inSnapshot { root throws(SQLiteFailure) in
            let time = clock.sample()
            guard try stillHolds(directory, root: root) else { return nil }
            var entries: [Entry] = []
            var hasMore = false
            page.bind(1, target.id).bind(2, name?.text ?? "")
            defer { page.reset() }
            while try page.step() {
                guard let text = page.text(InodeRow.columnCount) else {
                    throw .corrupt("an entry has no name")
                }
                let name = FileName(validated: text)
                if name == entries.last?.name { continue }
                if entries.count == limit {
                    hasMore = true
                    break
                }
                let inode = try InodeRow.read(page)
                let location = try Self.location(page, at: InodeRow.columnCount + 1)
                entries.append(Entry(name: name, inode: inode, location: location))
            }
            return DirectoryPage(entries: entries, hasMore: hasMore, time: time)
        }
    }

    func link(_ key: LinkKey) throws(SQLiteFailure) -> FoundLink? {
        try inSnapshot { _ throws(SQLiteFailure) in
            let time = clock.sample()
            let link = try link.bind(1, key).first { row throws(SQLiteFailure) in try LinkRow.read(row) }
            guard let link else { return nil }
            let pinned = try link.pinnedContent.map { id throws(SQLiteFailure) in
                try content(id, .inlineBytes)
            }
            return FoundLink(link: link, content: pinned ?? nil, time: time)
        }
    }

    /// Whether the chain and its detours are what they were: same entries, same access versions.
    private func stillHolds(_ resolution: Resolution, root: Inode) throws(SQLiteFailure) -> Bool {
        guard root.accessVersion == resolution.root.accessVersion else { return false }
        for detour in resolution.detours {
            guard try stillHolds(detour.step, in: resolution.parent(of: detour).id) else { return false }
        }
        var parent = root.id
        for expected in resolution.steps {
            guard try stillHolds(expected, in: parent) else { return false }
            parent = expected.inode.id
        }
        return true
    }

    private func stillHolds(
        _ expected: Resolution.Step, in parent: InodeID
    ) throws(SQLiteFailure) -> Bool {
        let found = try step.bind(1, parent).bind(2, expected.name.text).first {
            row throws(SQLiteFailure) in
            (inode: InodeID(try row.identifier(0)), accessVersion: row.unsigned(1))
        }
        guard let found else { return false }
        return found.inode == expected.inode.id && found.accessVersion == expected.inode.accessVersion
    }

    private func content(of inode: Inode, _ detail: ContentDetail) throws(SQLiteFailure) -> Content? {
        guard detail != .none, let id = inode.content else { return nil }
        return try content(id, detail)
    }

    private func content(_ id: ContentID, _ detail: ContentDetail) throws(SQLiteFailure) -> Content? {
        var size: UInt64 = 0
        var digests = Digests()
        var bytesRow: Int64?
        var locations: [ContentLocation] = []
        content.bind(1, id)
        defer { content.reset() }
        while try content.step() {
            size = content.unsigned(0)
            digests.sha256 = content.bytes(1)
            digests.sha512 = content.bytes(3)
            digests.crc32c = content.bytes(4)
            bytesRow = content.isNull(2) ? nil : content.integer(2)
            if let location = try Self.location(content, at: 5) { locations.append(location) }
        }
        guard !locations.isEmpty else { throw .corrupt("content \(id) has no location") }
        var inlineBytes: [UInt8]?
        if detail == .inlineBytes, let bytesRow {
            inlineBytes = try bytes.bind(1, bytesRow).first { row in row.bytes(0) } ?? nil
        }
        return Content(id: id, size: size, digests: digests, locations: locations, inlineBytes: inlineBytes)
    }

    private static func location(
        _ row: Statement, at start: Int32
    ) throws(SQLiteFailure) -> ContentLocation? {
        guard let id = row.optionalIdentifier(start) else { return nil }
        let store = StoreID(try row.identifier(start + 1))
        return ContentLocation(id: LocationID(id), store: store, isInline: row.integer(start + 2) == 1)
    }
}
