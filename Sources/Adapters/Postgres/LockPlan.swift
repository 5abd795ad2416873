import Domain

/// Which inodes a changeset locks, and how strongly, each once and in the order of their identifiers: so that
/// no two changesets wait for each other in a circle.
///
/// A changeset shares the namespace with others unless it removes or moves a directory or changes its mode or
/// owner, which only the server can tell, who knows what is a directory. What is shared does not change about
/// directories, so they need not be locked for what they are, only for what they hold.
struct LockPlan {
    /// Of an inode, by what it turns out to be.
    private struct Strength {
        var ofDirectory = 0
        var ofOther = 0
    }

    private static let identity = 1
    private static let stable = 2
    private static let changing = 3
    private static let removing = 4

    private var strengths: [InodeID: Strength] = [:]
    /// What needs the namespace alone if it is a directory.
    private(set) var structural: [InodeID] = []

    init(_ changeset: Changeset) {
        var made: Set<InodeID> = []
        for mutation in changeset.mutations {
            if case .createInode(let new) = mutation { made.insert(new.id) }
        }
        for precondition in changeset.preconditions { add(precondition, changeset.mutations) }
        for mutation in changeset.mutations { add(mutation) }
        // What is made here is nobody else's yet.
        for inode in made { strengths[inode] = nil }
        structural.removeAll { made.contains($0) }
    }

    /// As the server takes them: identifier, strength for anything else, strength for a directory.
    var json: String {
        JSONObject.array(
            strengths.sorted { $0.key < $1.key }.map { id, strength in
                "[\"\(id)\",\(strength.ofOther),\(strength.ofDirectory)]"
            })
    }

    private mutating func lock(_ inode: InodeID, directory: Int, other: Int) {
        var strength = strengths[inode] ?? Strength()
        strength.ofDirectory = max(strength.ofDirectory, directory)
        strength.ofOther = max(strength.ofOther, other)
        strengths[inode] = strength
    }

    private mutating func add(_ precondition: Precondition, _ mutations: [Mutation]) {
        switch precondition {
        case .entry, .outside, .contentIsLive, .linkIsOpen, .keyUnused: break
        case .noEntry(let parent, let name):
            // A name that is added here is guarded by being unique; one that is not, by keeping others out.
            if !mutations.contains(where: { $0.adds(name, to: parent) }) {
                lock(parent, directory: Self.removing, other: 0)
            }
        case .access(let inode, _), .fence(let inode, _): lock(inode, directory: 0, other: Self.stable)
        case .unchanged(let inode, _): lock(inode, directory: Self.removing, other: Self.stable)
        case .emptyDirectory(let inode): lock(inode, directory: Self.removing, other: 0)
        case .removableTree(let inode, _): structural.append(inode)
        }
    }

    private mutating func add(_ mutation: Mutation) {
        switch mutation {
        case .createInode, .publishContent, .addLink, .claimLink, .finishLink, .recordAnswer: break
        case .addEntry(let parent, _, let inode):
            lock(parent, directory: Self.identity, other: 0)
            lock(inode, directory: Self.changing, other: Self.changing)
        case .removeEntry(let parent, _, let inode), .detachTree(let parent, _, let inode):
            lock(parent, directory: Self.identity, other: 0)
            lock(inode, directory: Self.removing, other: Self.removing)
            structural.append(inode)
        case .moveEntry(let from, _, let to, _, let inode):
            lock(from, directory: Self.identity, other: 0)
            lock(to, directory: Self.identity, other: 0)
            lock(inode, directory: Self.changing, other: Self.changing)
            structural.append(inode)
        case .setContent(let inode, _, _, _, _), .raiseFence(let inode, _):
            lock(inode, directory: Self.changing, other: Self.changing)
        case .setAttributes(let inode, let change):
            lock(inode, directory: Self.removing, other: Self.changing)
            if change.mode != nil || change.owner != nil || change.group != nil { structural.append(inode) }
        }
    }
}

extension Mutation {
    /// Whether it makes this entry, and is refused where there is one.
    fileprivate func adds(_ name: FileName, to parent: InodeID) -> Bool {
        switch self {
        case .addEntry(parent, name, _), .moveEntry(_, _, parent, name, _): true
        default: false
        }
    }
}
