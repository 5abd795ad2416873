/// Where a new entry goes: a directory that is there, or one that is made on the way.
struct NewEntryPlace {
    /// The directory as it will be.
    let directory: Inode
    let name: FileName
    /// Makes the directories that are missing, outermost first.
    let parents: [Mutation]

    /// A place at the end of a path that leads nowhere yet and whose existing part has been walked. Refuses
    /// when the directories above are missing and are not to be made, and when the deepest that is there lets
    /// nothing in.
    init(
        on resolution: Resolution, createsParents: Bool, by principal: Principal,
        ids: inout some IdentifierSource
    ) throws(Refusal) {
        guard let name = resolution.path.last, let parentPath = resolution.path.parent else {
            throw .rootIsFixed
        }
        if resolution.missing.count > 1, !createsParents { throw .notFound(parentPath) }
        var directory = resolution.deepest
        try AccessPolicy.requireAddition(
            to: directory, at: resolution.path(ofChainIndex: resolution.steps.count), by: principal)
        var parents: [Mutation] = []
        for name in resolution.missing.dropLast() {
            let made = NewInode(
                id: InodeID(ids.next()), kind: .directory,
                mode: AccessPolicy.mode(ofNewParentIn: directory, by: principal), owner: principal.user,
                group: AccessPolicy.group(ofNewEntryIn: directory, by: principal))
            parents.append(.createInode(made))
            parents.append(.addEntry(parent: directory.id, name: name, inode: made.id))
            directory = made.inode(at: resolution.time)
        }
        self.directory = directory
        self.name = name
        self.parents = parents
    }
}

extension NewEntryPlace {
    /// A place for a new inode at the end of a path where nothing may be yet.
    ///
    /// Refuses in the kernel's order: the walk, then what exists (even where the directory could not be
    /// written: EEXIST comes before EACCES), then the right to add an entry; the client's conditions last.
    init(
        creatingAt resolution: Resolution, createsParents: Bool, conditions: Conditions,
        by principal: Principal, ids: inout some IdentifierSource
    ) throws(Refusal) {
        try resolution.requireRepresentablePath()
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        if let target = resolution.target { throw .alreadyExists(resolution.conflict(with: target)) }
        try self.init(on: resolution, createsParents: createsParents, by: principal, ids: &ids)
        try conditions.require(on: nil)
    }

    /// Makes the inode here, as long as the way to it is as `resolution` found it and the name is still free.
    func plan(
        creating inode: NewInode, publishing content: NewContent? = nil, on resolution: Resolution,
        deadline: WallTime?, ids: inout some IdentifierSource
    ) -> Plan {
        var guards = Guards()
        guards.addChain(of: resolution)
        guards.addAbsence(of: resolution)
        let publication = content.map { [Mutation.publishContent($0)] } ?? []
        let changeset = Changeset(
            id: ChangesetID(ids.next()), preconditions: guards.preconditions,
            mutations: publication + parents + [
                .createInode(inode), .addEntry(parent: directory.id, name: name, inode: inode.id),
            ],
            deadline: deadline)
        return Plan(changeset, result: .created(inode))
    }
}
