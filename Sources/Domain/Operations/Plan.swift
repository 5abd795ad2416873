/// What an operation will do, decided on one snapshot: a changeset to commit, and what it makes of its
/// target.
package struct Plan: Sendable, Equatable {
    package let changeset: Changeset
    private let result: Result
    private let refusals: [FinalRefusal]

    /// What the target is afterwards.
    enum Result: Sendable, Equatable {
        case created(NewInode)
        /// This inode, with the mutations of the changeset that name it applied.
        case changed(Inode)
        case removed
    }

    /// A precondition that planning again would only repeat, and what its failure means.
    struct FinalRefusal: Sendable, Equatable {
        let precondition: Precondition
        let refusal: Refusal
    }

    init(_ changeset: Changeset, result: Result, refusals: [FinalRefusal] = []) {
        self.changeset = changeset
        self.result = result
        self.refusals = refusals
    }

    /// The target as a commit at `time` leaves it; nil when it is gone then. What others change at the same
    /// time, such as the entries of a directory, is not in it.
    package func inode(at time: WallTime) -> Inode? {
        switch result {
        case .created(let new):
            // The entries that the same commit puts into it.
            return changeset.mutations.reduce(into: new.inode(at: time)) { inode, mutation in
                if case .addEntry(new.id, _, _) = mutation { inode.changeVersion += 1 }
            }
        case .changed(let before):
            return changeset.mutations.reduce(into: before) { $0.apply($1, at: time) }
        case .removed:
            return nil
        }
    }

    /// What it means that the store found `precondition` broken: the answer to the request, or nil when the
    /// state merely moved and the plan is to be made again. The snapshot cannot show what these preconditions
    /// ask, so planning again would never end.
    package func refusal(ifBroken precondition: Precondition) -> Refusal? {
        refusals.first { $0.precondition == precondition }?.refusal
    }

    /// What it makes; nil when it changes what is there.
    var created: NewInode? {
        switch result {
        case .created(let new): new
        case .changed, .removed: nil
        }
    }

    /// This plan, resting on more before anything else, and doing more after all else.
    func extended(by mutations: [Mutation], guardedBy preconditions: [Precondition]) -> Plan {
        var changeset = changeset
        changeset.preconditions = Guards.joined(preconditions, changeset.preconditions)
        changeset.mutations += mutations
        return Plan(changeset, result: result, refusals: refusals)
    }

    /// Both plans as one: what each rests on, and what each does to the target of this one.
    func joined(with other: Plan) -> Plan {
        var changeset = changeset
        changeset.preconditions = Guards.joined(changeset.preconditions, other.changeset.preconditions)
        changeset.mutations += other.changeset.mutations
        return Plan(changeset, result: result, refusals: refusals + other.refusals)
    }

    /// This plan, resting on more.
    func guarded(by preconditions: [Precondition]) -> Plan {
        var changeset = changeset
        for precondition in preconditions where !changeset.preconditions.contains(precondition) {
            changeset.preconditions.append(precondition)
        }
        return Plan(changeset, result: result, refusals: refusals)
    }

    /// This plan under a key: it happens only when the key is unused, and keeps its answer under it. The
    /// key is asked first, so that a request that comes again is told what it was told, and not that its
    /// own effect is in the way.
    package func once(
        _ claim: IdempotencyClaim?, answering answer: (Plan) -> RecordedAnswer
    ) -> Plan {
        guard let claim else { return self }
        let unused = Precondition.keyUnused(claim.key)
        var changeset = changeset
        changeset.preconditions.insert(unused, at: 0)
        changeset.mutations.append(.recordAnswer(claim, answer(self)))
        let used = FinalRefusal(precondition: unused, refusal: .keyUsed(body: claim.body))
        return Plan(changeset, result: result, refusals: refusals + [used])
    }

    /// The target as the commit will leave it, the time of the commit to be filled in.
    package var inodeToBe: Inode? { inode(at: RecordedEntry.timeOfCommit) }

    /// This plan of an empty file, with the content of `original` in it.
    func sharing(_ original: Inode, guardedBy preconditions: [Precondition]) -> Plan {
        var changeset = changeset
        changeset.preconditions = Guards.joined(preconditions, changeset.preconditions)
        changeset.mutations = changeset.mutations.map { mutation in
            switch mutation {
            case .createInode(let new) where new.kind == .file:
                .createInode(new.sharing(original))
            case .setContent(let id, _, _, let mediaType, let modifiedAt):
                .setContent(
                    id, content: original.content, size: original.size, mediaType: mediaType,
                    modifiedAt: modifiedAt)
            case .createInode, .addEntry, .removeEntry, .detachTree, .moveEntry, .publishContent,
                .setAttributes, .raiseFence, .addLink, .claimLink, .finishLink, .recordAnswer:
                mutation
            }
        }
        let shared: Result
        switch result {
        case .created(let new): shared = .created(new.sharing(original))
        case .changed, .removed: shared = result
        }
        return Plan(changeset, result: shared, refusals: refusals)
    }
}

extension Inode {
    /// Applies a mutation to this inode, when it names it: how versions and times follow from changes.
    package mutating func apply(_ mutation: Mutation, at time: WallTime) {
        switch mutation {
        case .setContent(id, let content, let size, let mediaType, let modifiedAt):
            self.content = content
            self.size = size
            self.modifiedAt = modifiedAt ?? time
            apply(mediaType)
            touch(at: time)
        case .setAttributes(id, let change):
            apply(change)
            touch(at: time)
        case .moveEntry(_, _, _, _, id):
            touch(at: time)
        case .addEntry(_, _, id):
            linkCount += 1
            touch(at: time)
        case .removeEntry(_, _, id):
            linkCount -= 1
            touch(at: time)
        case .raiseFence(id, let token):
            fence = max(fence, token)
        case .createInode, .addEntry, .removeEntry, .detachTree, .moveEntry, .publishContent, .setContent,
            .setAttributes, .raiseFence, .addLink, .claimLink, .finishLink, .recordAnswer:
            break
        }
    }

    private mutating func apply(_ change: AttributeChange) {
        let before = (mode, owner, group)
        mode = change.mode ?? mode
        owner = change.owner ?? owner
        group = change.group ?? group
        if before != (mode, owner, group) { accessVersion += 1 }
        modifiedAt = change.modifiedAt ?? modifiedAt
        apply(change.mediaType)
        metadata = change.metadata ?? metadata
    }

    private mutating func apply(_ change: MediaTypeChange) {
        guard case .set(let mediaType) = change, mediaType != self.mediaType else { return }
        self.mediaType = mediaType
        representationVersion += 1
    }

    private mutating func touch(at time: WallTime) {
        changedAt = time
        changeVersion += 1
    }
}

extension NewInode {
    fileprivate func sharing(_ original: Inode) -> NewInode {
        NewInode(
            id: id, kind: kind, mode: mode, owner: owner, group: group, size: original.size,
            modifiedAt: modifiedAt, content: original.content, mediaType: mediaType,
            metadata: original.metadata,
            fence: fence)
    }
}
