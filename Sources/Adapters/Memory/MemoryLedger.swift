import Domain
import Ports

extension MemoryTables {
    mutating func reclaim(limit: Int, at time: WallTime) -> Int {
        let looked = candidates.sorted().prefix(limit)
        for id in looked {
            setCandidate(id, false)
            if references[id] == nil, let content = contents[id] { condemn(content, at: time) }
        }
        return looked.count
    }

    /// Inline bytes go at once: who resolved the content has them already. Others wait for a reader that
    /// still comes.
    private mutating func condemn(_ content: ContentRow, at time: WallTime) {
        var content = content
        for id in content.locations {
            guard var row = locations[id] else { continue }
            if row.location.isInline {
                setLocation(id, to: nil)
                content.locations.removeAll { $0 == id }
            } else {
                row.condemnedAt = time
                setLocation(id, to: row)
            }
        }
        content.isLive = false
        setContent(content.id, to: content.locations.isEmpty ? nil : content)
    }

    func condemned(before time: WallTime, in stores: [StoreID], limit: Int) -> [ContentLocation] {
        let due = locations.values.filter { row in
            guard let condemnedAt = row.condemnedAt, condemnedAt <= time else { return false }
            return row.location.isInline || stores.contains(row.location.store)
        }
        let ordered = due.sorted {
            ($0.condemnedAt ?? .epoch, $0.location.id) < ($1.condemnedAt ?? .epoch, $1.location.id)
        }
        return ordered.prefix(limit).map(\.location)
    }

    mutating func forget(_ ids: [LocationID]) {
        for id in ids {
            guard let row = locations[id], row.condemnedAt != nil else { continue }
            setLocation(id, to: nil)
            guard let content = row.content, var left = contents[content] else { continue }
            left.locations.removeAll { $0 == id }
            setContent(content, to: left.locations.isEmpty ? nil : left)
        }
    }

    mutating func claimOrphans(_ ids: [LocationID], in store: StoreID, at time: WallTime) -> [LocationID] {
        ids.filter { id in
            if let row = locations[id] { return row.content == nil }
            let location = ContentLocation(id: id, store: store, isInline: false)
            setLocation(id, to: LocationRow(location: location, content: nil, condemnedAt: time))
            return true
        }
    }

    /// Works from the top down: a directory below a detached one becomes a detached one of its own, so a step
    /// is bounded however deep the tree is.
    mutating func reapDetached(limit: Int, at time: WallTime) -> Int {
        var taken = 0
        while taken < limit, let top = detached.min() {
            while taken < limit, let entry = directories[top]?.entries.first {
                taken += 1
                setEntry(entry.name, in: top, to: nil)
                guard var child = inodes[entry.inode] else { continue }
                if child.kind == .directory {
                    child.linkCount -= 1
                    setInode(child.id, to: child)
                    setDetached(child.id, true)
                } else {
                    dropLink(of: child, at: time)
                }
            }
            guard taken < limit else { break }
            taken += 1
            setInode(top, to: nil)
            setDetached(top, false)
        }
        return taken
    }

    var counts: LedgerCounts {
        LedgerCounts(
            candidates: candidates.count, condemned: locations.values.count { $0.condemnedAt != nil },
            detachedTrees: detached.count)
    }

    func locations(in store: StoreID, after id: LocationID?, limit: Int) -> [StoredLocation] {
        let stored = locations.values.filter { row in
            row.condemnedAt == nil && !row.location.isInline && row.location.store == store
                && (id.map { $0 < row.location.id } ?? true)
        }
        return stored.sorted { $0.location.id < $1.location.id }.prefix(limit).compactMap { row in
            guard let content = row.content.flatMap({ contents[$0] }) else { return nil }
            return StoredLocation(id: row.location.id, size: content.size, sha256: content.digests.sha256)
        }
    }
}
