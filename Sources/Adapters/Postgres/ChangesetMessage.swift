import Domain

/// A changeset as the server takes it: JSON, and the inline bytes of all its contents one after the other.
struct ChangesetMessage {
    let json: String
    private(set) var bytes: [UInt8] = []

    init(_ changeset: Changeset, treeDirectoriesMax: Int) {
        let locks = LockPlan(changeset)
        var message = JSONObject()
        if let deadline = changeset.deadline { message.add("deadline", deadline.nanoseconds) }
        message.add("patience", String(PostgresLimits.alonePatienceMilliseconds))
        message.add("structural", json: JSONObject.array(locks.structural.map { "\"\($0)\"" }))
        message.add("locks", json: locks.json)
        message.add("limits", json: Self.limits(treeDirectoriesMax))
        message.add("if", json: JSONObject.array(changeset.preconditions.map(GuardMessage.json)))
        var parts: [String] = []
        for (index, mutation) in changeset.mutations.enumerated() {
            var part = MutationMessage(mutation, offset: bytes.count)
            // The usual pair costs a statement less when the inode gets its link at once.
            if case .createInode(let new) = mutation, index + 1 < changeset.mutations.count,
                case .addEntry(_, _, new.id) = changeset.mutations[index + 1]
            {
                part.object.add("l", 1)
            }
            if case .addEntry(_, _, let inode) = mutation, index > 0,
                case .createInode(let new) = changeset.mutations[index - 1], new.id == inode
            {
                part.object.add("fresh", InodeRow.number(of: new.kind))
            }
            parts.append(part.object.closed)
            bytes += part.bytes
        }
        message.add("do", json: JSONObject.array(parts))
        json = message.closed
    }

    private static func limits(_ treeDirectoriesMax: Int) -> String {
        var limits = JSONObject()
        limits.add("tree", treeDirectoriesMax)
        limits.add("kept", Limits.idempotencyKept.wholeNanoseconds)
        limits.add("window", Limits.linkResumeWindow.wholeNanoseconds)
        limits.add("grace", Limits.linkFinishGrace.wholeNanoseconds)
        return limits.closed
    }
}

/// A precondition as the server takes it.
enum GuardMessage {
    static func json(_ precondition: Precondition) -> String {
        var object = JSONObject()
        switch precondition {
        case .entry(let parent, let name, let inode):
            object.add("k", "entry")
            object.add("p", parent.description)
            object.add("n", name.text)
            object.add("i", inode.description)
        case .noEntry(let parent, let name):
            object.add("k", "no entry")
            object.add("p", parent.description)
            object.add("n", name.text)
        case .access(let inode, let version): number(&object, "access", inode, version.asColumn)
        case .unchanged(let inode, let version): number(&object, "unchanged", inode, version.asColumn)
        case .emptyDirectory(let inode):
            object.add("k", "empty")
            object.add("i", inode.description)
        case .removableTree(let inode, let principal):
            object.add("k", "removable")
            object.add("i", inode.description)
            object.add("u", principal.user.value)
            let groups = [principal.group] + principal.supplementaryGroups
            object.add("g", json: JSONObject.array(groups.map { String($0.value) }))
        case .outside(let inode, let directory):
            object.add("k", "outside")
            object.add("i", inode.description)
            object.add("p", directory.description)
        case .fence(let inode, let token): number(&object, "fence", inode, token.value.asOrderedColumn)
        case .contentIsLive(let content):
            object.add("k", "live")
            object.add("i", content.description)
        case .linkIsOpen(let key):
            object.add("k", "open")
            object.add("i", key.description)
        case .keyUnused(let key):
            object.add("k", "unused")
            object.add("w", key.principal)
            object.add("n", key.text)
        }
        return object.closed
    }

    private static func number(_ object: inout JSONObject, _ kind: String, _ inode: InodeID, _ number: Int64)
    {
        object.add("k", kind)
        object.add("i", inode.description)
        object.add("v", number)
    }
}
