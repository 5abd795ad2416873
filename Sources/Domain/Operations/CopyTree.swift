/// A directory with all that is below it, as it was read in order to be copied.
package struct CopiedTree: Sendable, Equatable {
    /// One directory of it with its entries.
    package struct Listing: Sendable, Equatable {
        package let path: FilePath
        package let directory: Inode
        package let entries: [Entry]

        package init(path: FilePath, directory: Inode, entries: [Entry]) {
            self.path = path
            self.directory = directory
            self.entries = entries
        }
    }

    /// The top first, and each directory after the one that holds it. Every directory is there once.
    package private(set) var listings: [Listing] = []

    package init() {}

    package mutating func append(_ listing: Listing) { listings.append(listing) }
}

/// Makes a copy of a directory with all that is below it, at one instant. The copies of files share the bytes
/// of the originals until one of the two changes.
package enum CopyTree {
    package struct Request: Sendable, Equatable {
        /// Whether a client said that what is at the destination may give way. A directory never does.
        package var overwrite: Bool
        /// Whether directories that are missing above the destination are made.
        package var createsParents: Bool
        /// On the source.
        package var conditions: Conditions
        /// On the destination.
        package var destinationConditions: Conditions
        package var deadline: WallTime?

        package init(
            overwrite: Bool = false, createsParents: Bool = true, conditions: Conditions = Conditions(),
            destinationConditions: Conditions = Conditions(), deadline: WallTime? = nil
        ) {
            self.overwrite = overwrite
            self.createsParents = createsParents
            self.conditions = conditions
            self.destinationConditions = destinationConditions
            self.deadline = deadline
        }
    }

    /// What `cp -r` needs of a directory: to list it and to look up its entries.
    package static func requireReadable(
        _ directory: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        try AccessPolicy.require(.read, on: directory, at: path(), by: principal)
        try AccessPolicy.require(.search, on: directory, at: path(), by: principal)
    }

    /// Needs to read everything below the source and to create the destination; what may not be read refuses
    /// the whole. As `cp -r`: everything new belongs to the principal, with the permission bits of the
    /// original under the umask and times of now; symbolic links are copied as such; several names of one
    /// file become several files.
    ///
    /// Everything that was read is guarded whole: the copy is what the tree is in the instant of the commit.
    /// That the contents are live is checked as the store refers to them.
    package static func plan(
        _ request: Request, of tree: CopiedTree, from source: Resolution, to destination: Resolution,
        by principal: Principal, ids: inout some IdentifierSource
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: source, by: principal)
        let top = try source.requireTarget(asDirectory: true)
        try AccessPolicy.requireSearch(on: destination, by: principal)
        if destination.chain.contains(where: { $0.id == top.id }) {
            throw .invalid("A directory cannot be copied into itself.")
        }
        if let existing = destination.target {
            if request.overwrite, existing.kind != .directory { throw .notADirectory(destination.path) }
            throw .alreadyExists(destination.conflict(with: existing))
        }
        let creation = CreateDirectory.Request(
            mode: copiedBits(of: top), metadata: top.metadata,
            conditions: request.destinationConditions,
            createsParents: request.createsParents, deadline: request.deadline)
        let plan = try CreateDirectory.plan(creation, on: destination, by: principal, ids: &ids)
        var copying = Copying(principal: principal, time: destination.time)
        try copying.copy(tree, of: source, to: destination, as: plan, ids: &ids)
        try request.conditions.require(on: top)

        var guards = Guards()
        guards.addChain(of: source)
        return plan.extended(
            by: copying.mutations, guardedBy: guards.preconditions + copying.preconditions)
    }

    /// The permission bits and the sticky bit: the other two lend power, and a copy is somebody else's.
    fileprivate static func copiedBits(of inode: Inode) -> FileMode {
        FileMode(rawValue: inode.mode.rawValue & 0o1777)
    }
}

/// The mutations that fill the copy of a directory, as they come to be.
private struct Copying {
    let principal: Principal
    let time: WallTime
    var preconditions: [Precondition] = []
    var mutations: [Mutation] = []
    /// The new directory for each that was read.
    private var copies: [InodeID: Inode] = [:]

    init(principal: Principal, time: WallTime) {
        self.principal = principal
        self.time = time
    }

    mutating func copy(
        _ tree: CopiedTree, of source: Resolution, to destination: Resolution, as plan: Plan,
        ids: inout some IdentifierSource
    ) throws(Refusal) {
        guard let top = tree.listings.first, let made = plan.created, top.directory == source.target else {
            preconditionFailure("a tree is copied from its top")
        }
        copies[top.directory.id] = made.inode(at: time)
        let longer = destination.path.byteCount - source.path.byteCount
        for listing in tree.listings {
            try CopyTree.requireReadable(listing.directory, at: listing.path, by: principal)
            guard let directory = copies[listing.directory.id] else {
                preconditionFailure("a directory comes after the one that holds it")
            }
            preconditions.append(
                .unchanged(listing.directory.id, version: listing.directory.changeVersion))
            let length = listing.path.byteCount + longer
            for entry in listing.entries {
                guard length + 1 + entry.name.text.utf8.count <= Limits.pathBytesMax else {
                    throw .pathTooLong
                }
                try copy(entry, of: listing, into: directory, &ids)
            }
        }
    }

    private mutating func copy(
        _ entry: Entry, of listing: CopiedTree.Listing, into directory: Inode,
        _ ids: inout some IdentifierSource
    ) throws(Refusal) {
        let original = entry.inode
        let mode: FileMode
        switch original.kind {
        case .file:
            try AccessPolicy.require(
                .read, on: original, at: listing.path.appending(entry.name), by: principal)
            mode = AccessPolicy.mode(
                ofNewFile: FileMode(rawValue: original.mode.rawValue & 0o777), in: directory, by: principal)
        case .directory:
            mode = AccessPolicy.mode(
                ofNewDirectory: CopyTree.copiedBits(of: original), in: directory, by: principal)
        case .symlink: mode = original.mode
        }
        let copy = NewInode(
            id: InodeID(ids.next()), kind: original.kind, mode: mode, owner: principal.user,
            group: AccessPolicy.group(ofNewEntryIn: directory, by: principal), size: original.size,
            content: original.content, mediaType: original.mediaType, symlinkTarget: original.symlinkTarget,
            metadata: original.metadata)
        mutations.append(.createInode(copy))
        mutations.append(.addEntry(parent: directory.id, name: entry.name, inode: copy.id))
        if original.kind == .directory {
            copies[original.id] = copy.inode(at: time)
        } else {
            preconditions.append(.unchanged(original.id, version: original.changeVersion))
        }
    }
}
