import Domain

/// What the metadata in memory consists of: the same tables as a database has, and a journal that takes a
/// changeset back when one of its mutations cannot happen.
///
/// Everything is changed through the `set` verbs, which keep the journal and the derived tables right.
/// Nothing that leaves this type depends on the order of a dictionary, so a simulation sees the same on every
/// run.
struct MemoryTables {
    /// A content that was published and is not deleted yet.
    struct ContentRow: Equatable {
        let id: ContentID
        let size: UInt64
        let digests: Digests
        var isLive: Bool
        /// In order.
        var locations: [LocationID]
        let inlineBytes: [UInt8]?
    }

    /// A location that is published, condemned, or claimed by the sweep before anybody published it.
    struct LocationRow: Equatable {
        let location: ContentLocation
        /// Nil for one that the sweep claimed.
        let content: ContentID?
        /// Nil while it is live.
        var condemnedAt: WallTime?
    }

    /// Where an entry is.
    struct EntryKey: Hashable {
        let parent: InodeID
        let name: FileName
    }

    private(set) var inodes: [InodeID: Inode] = [:]
    private(set) var directories: [InodeID: SortedEntries] = [:]
    private(set) var contents: [ContentID: ContentRow] = [:]
    private(set) var locations: [LocationID: LocationRow] = [:]
    private(set) var candidates: Set<ContentID> = []
    private(set) var detached: Set<InodeID> = []
    private(set) var links: [LinkKey: DownloadLink] = [:]
    private(set) var answers: [IdempotencyKey: AnsweredRequest] = [:]

    /// Derived: the names of each inode.
    private(set) var names: [InodeID: Set<EntryKey>] = [:]
    /// Derived: how many inodes and claimed links refer to each content.
    private(set) var references: [ContentID: Int] = [:]

    private var journal: [(inout MemoryTables) -> Void] = []

    // MARK: Reading

    func inode(named name: FileName, in parent: InodeID) -> InodeID? { directories[parent]?[name] }

    func isEmpty(_ directory: InodeID) -> Bool { directories[directory]?.entries.isEmpty ?? true }

    // MARK: Changing

    mutating func setInode(_ id: InodeID, to inode: Inode?) {
        let old = inodes[id]
        journal.append { $0.setInode(id, to: old) }
        inodes[id] = inode
        moveReference(from: old?.content, to: inode?.content)
    }

    mutating func setLink(_ key: LinkKey, to link: DownloadLink?) {
        let old = links.updateValue(link, forKey: key)
        journal.append { $0.setLink(key, to: old) }
        moveReference(from: old?.pinnedContent, to: link?.pinnedContent)
    }

    private mutating func moveReference(from old: ContentID?, to new: ContentID?) {
        guard old != new else { return }
        if let old {
            let left = references[old, default: 0] - 1
            references[old] = left == 0 ? nil : left
        }
        if let new { references[new, default: 0] += 1 }
    }

    mutating func setEntry(_ name: FileName, in parent: InodeID, to inode: InodeID?) {
        let old = self.inode(named: name, in: parent)
        journal.append { $0.setEntry(name, in: parent, to: old) }
        let key = EntryKey(parent: parent, name: name)
        if let old {
            names[old]?.remove(key)
            if names[old]?.isEmpty == true { names[old] = nil }
        }
        if let inode { names[inode, default: []].insert(key) }
        directories[parent, default: SortedEntries()][name] = inode
        if directories[parent]?.entries.isEmpty == true { directories[parent] = nil }
    }

    mutating func setContent(_ id: ContentID, to content: ContentRow?) {
        let old = contents.updateValue(content, forKey: id)
        journal.append { $0.setContent(id, to: old) }
    }

    mutating func setLocation(_ id: LocationID, to location: LocationRow?) {
        let old = locations.updateValue(location, forKey: id)
        journal.append { $0.setLocation(id, to: old) }
    }

    mutating func setCandidate(_ id: ContentID, _ isCandidate: Bool) {
        let old = candidates.contains(id)
        journal.append { $0.setCandidate(id, old) }
        if isCandidate { candidates.insert(id) } else { candidates.remove(id) }
    }

    mutating func setDetached(_ id: InodeID, _ isDetached: Bool) {
        let old = detached.contains(id)
        journal.append { $0.setDetached(id, old) }
        if isDetached { detached.insert(id) } else { detached.remove(id) }
    }

    mutating func setAnswer(_ key: IdempotencyKey, to answer: AnsweredRequest?) {
        let old = answers.updateValue(answer, forKey: key)
        journal.append { $0.setAnswer(key, to: old) }
    }

    // MARK: Deciding

    /// Keeps what was changed since the last `keep` or `takeBack`.
    mutating func keep() { journal.removeAll(keepingCapacity: true) }

    /// Undoes what was changed since the last `keep` or `takeBack`.
    mutating func takeBack() {
        let steps = journal
        for step in steps.reversed() { step(&self) }
        journal.removeAll(keepingCapacity: true)
    }
}

/// The entries of one directory in byte order of their names.
struct SortedEntries {
    private(set) var entries: [(name: FileName, inode: InodeID)] = []

    /// The index of the first entry that is not before `name`.
    func lowerBound(of name: FileName) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    subscript(name: FileName) -> InodeID? {
        get {
            let index = lowerBound(of: name)
            return index < entries.count && entries[index].name == name ? entries[index].inode : nil
        }
        set {
            let index = lowerBound(of: name)
            let isThere = index < entries.count && entries[index].name == name
            switch (isThere, newValue) {
            case (true, let inode?): entries[index].inode = inode
            case (true, nil): entries.remove(at: index)
            case (false, let inode?): entries.insert((name, inode), at: index)
            case (false, nil): break
            }
        }
    }
}

extension Dictionary {
    /// Sets or removes a value and returns the one before.
    fileprivate mutating func updateValue(_ value: Value?, forKey key: Key) -> Value? {
        guard let value else { return removeValue(forKey: key) }
        return updateValue(value, forKey: key)
    }
}
