import Domain
import Testing

/// What the random operations of `PlanTests` do not reach: bounds, and what a plan says of itself.
@Suite("Operations on links")
struct LinkOperationTests {
    private let ada = Principal(name: "ada", user: UserID(1001), group: GroupID(500))
    private let path = FilePath(names: [FileName(validated: "f")])

    /// The root, and in it a file with that many names.
    private func resolution(linkCount: Int) -> Resolution {
        let root = Inode.root(owner: UserID(1001), group: GroupID(500), at: .test(1))
        let file = Inode(
            id: InodeID(Identifier(high: 1, low: 1)), kind: .file, mode: FileMode(rawValue: 0o644),
            owner: UserID(1001), group: GroupID(500), modifiedAt: .test(1), changedAt: .test(1),
            bornAt: .test(1), linkCount: linkCount, changeVersion: 7)
        return Resolution(
            path: path, root: root, steps: [.init(name: FileName(validated: "f"), inode: file)], content: nil,
            time: .test(2))
    }

    private func link(_ source: Resolution, conditions: Conditions = Conditions()) throws -> Plan {
        var ids = SeededIdentifiers(seed: 3)
        let absent = Resolution(
            path: FilePath(names: [FileName(validated: "g")]), root: source.root, steps: [], content: nil,
            time: .test(2))
        return try LinkEntry.plan(
            LinkEntry.Request(conditions: conditions), from: source, to: absent, by: ada, ids: &ids)
    }

    @Test("A file has no more names than it can have, however many are added at once")
    func bound() throws {
        let max = Limits.linkCountMax
        #expect(throws: Refusal.tooManyLinks(path)) { try link(resolution(linkCount: max)) }
        let last = try link(resolution(linkCount: max - 1))
        let guarded = { (plan: Plan) in
            plan.changeset.preconditions.contains {
                if case .unchanged(_, 7) = $0 { true } else { false }
            }
        }
        #expect(guarded(last))
        #expect(last.inode(at: .test(5))?.linkCount == max)
        let first = try link(resolution(linkCount: 1))
        #expect(guarded(first), "the answer is what the commit left")
        #expect(first.inode(at: .test(5))?.changedAt == .test(5))
        #expect(first.inode(at: .test(5))?.modifiedAt == .test(1))
    }

    @Test("A condition is on the new name, where nothing is")
    func conditions() throws {
        let source = resolution(linkCount: 1)
        _ = try link(source, conditions: Conditions(ifNoneMatch: .any))
        #expect(throws: Refusal.preconditionFailed) {
            try link(source, conditions: Conditions(ifMatch: .any))
        }
    }

    @Test("Links with more names than anybody would read are given up, as a circle is")
    func manyNames() {
        let root = Inode.root(owner: UserID(1), group: GroupID(1), at: .test(1))
        let link = Inode(
            id: InodeID(Identifier(high: 1, low: 2)), kind: .symlink, mode: FileMode(rawValue: 0o777),
            owner: UserID(1), group: GroupID(1), modifiedAt: .test(1), changedAt: .test(1), bornAt: .test(1),
            symlinkTarget: String(repeating: "./", count: 2_000) + "f")
        var walk = PathWalk(along: path, following: .all, from: root)
        var lookups = 0
        while walk.next() != nil {
            lookups += 1
            walk.answer(link)
        }
        #expect(lookups == Limits.symlinkComponentsMax / 2_001 + 1)
        #expect(walk.resolution(content: nil, time: .test(1)).obstacle == .linkLoop)
    }
}
