/// Collects what a plan rests on. Every path that was resolved is guarded whole: each entry of it still leads
/// to the same inode, and each directory of it still has the access version under which the principal was let
/// through.
///
/// Guards of a chain come before those of its target, and the store checks in order: when a later one is
/// broken, all earlier ones held in that instant.
struct Guards {
    private(set) var preconditions: [Precondition] = []

    mutating func add(_ precondition: Precondition) {
        // A target directory is guarded as the end of its chain already.
        if preconditions.last != precondition { preconditions.append(precondition) }
    }

    mutating func addChain(of resolution: Resolution) {
        var chain: [Precondition] = [.access(resolution.root.id, version: resolution.root.accessVersion)]
        for detour in resolution.detours {
            Self.append(detour.step, in: resolution.parent(of: detour), to: &chain)
        }
        var parent = resolution.root
        for step in resolution.steps {
            Self.append(step, in: parent, to: &chain)
            parent = step.inode
        }
        // Links may lead to where the walk has been before.
        if !resolution.detours.isEmpty { chain = Self.joined([], chain) }
        preconditions = preconditions.isEmpty ? chain : Self.joined(preconditions, chain)
    }

    private static func append(
        _ step: Resolution.Step, in parent: Inode, to chain: inout [Precondition]
    ) {
        chain.append(.entry(parent: parent.id, name: step.name, leadsTo: step.inode.id))
        chain.append(.access(step.inode.id, version: step.inode.accessVersion))
    }

    /// One list of guards after another, without those that were there before.
    static func joined(_ first: [Precondition], _ second: [Precondition]) -> [Precondition] {
        var seen = Set(first)
        return first + second.filter { seen.insert($0).inserted }
    }

    /// A target that exists: its access version, since its mode and owner were looked at; and all of it, when
    /// the client made its request depend on it. Without conditions the last writer wins.
    mutating func addTarget(_ inode: Inode, conditions: Conditions) {
        add(.access(inode.id, version: inode.accessVersion))
        if !conditions.isEmpty { add(.unchanged(inode.id, version: inode.changeVersion)) }
    }

    /// The first name that is missing is missing still, and so is all below it.
    mutating func addAbsence(of resolution: Resolution) {
        guard let name = resolution.missing.first else { return }
        add(.noEntry(parent: resolution.deepest.id, name: name))
    }
}

extension Resolution {
    /// The conflict with what the path leads to.
    func conflict(with target: Inode) -> Conflict {
        Conflict(path: path, kind: target.kind, location: content?.locations.first)
    }

    /// What the path leads to, for those who need it to be there.
    func requireTarget() throws(Refusal) -> Inode {
        guard let target else { throw .notFound(path) }
        guard !demandsDirectory || target.kind == .directory else { throw .notADirectory(path) }
        return target
    }

    /// The same, for a path that was written with a trailing slash where `asDirectory`
    /// (path_resolution(7)).
    func requireTarget(asDirectory: Bool) throws(Refusal) -> Inode {
        let target = try requireTarget()
        guard !asDirectory || target.kind == .directory else { throw .notADirectory(path) }
        return target
    }

    /// Refuses a path that is longer than any that could be asked for again. A path that was parsed never is;
    /// one that was put together may be.
    func requireRepresentablePath() throws(Refusal) {
        guard path.byteCount <= Limits.pathBytesMax else { throw .pathTooLong }
    }
}
