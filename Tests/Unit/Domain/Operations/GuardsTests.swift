import Domain
import Testing

/// A plan rests on all that it passed on its way: each is changed under it, one at a time, and each time it
/// is refused.
@Suite("Guards")
struct GuardsTests {
    private let root = Principal(name: "root", user: .superuser, group: GroupID(0))

    /// `/a/b/file`, `/a/b/empty`, `/c/d` and `/c/file`; `/l/way` leads to `/a/b`, by way of `/c`.
    private func store(_ ids: inout SeededIdentifiers) throws -> ModelStore {
        var store = ModelStore(root: .root(owner: UserID(1), group: GroupID(1), at: .test(1)))
        for path in ["/a/b/empty", "/c/d"] {
            let resolution = store.resolve(try FilePath(parsing: path), at: .test(2))
            let plan = try CreateDirectory.plan(.init(), on: resolution, by: root, ids: &ids)
            _ = store.commit(plan.changeset, at: .test(2))
        }
        for path in ["/a/b/file", "/c/file"] {
            let resolution = store.resolve(try FilePath(parsing: path), at: .test(2))
            let plan = try CreateFile.plan(
                .init(content: .test(1, &ids)), on: resolution, by: root, ids: &ids)
            _ = store.commit(plan.changeset, at: .test(2))
        }
        let link = store.resolve(Self.path("/l/way"), at: .test(2))
        let target = try SymlinkTarget("../c/../a/b")
        let plan = try CreateSymlink.plan(.init(target: target), on: link, by: root, ids: &ids)
        _ = store.commit(plan.changeset, at: .test(2))
        return store
    }

    private static let operations: [RandomOperation] = [
        .create(path("/a/b/new"), isDirectory: false, mode: nil, parents: false),
        .create(path("/a/b/new"), isDirectory: true, mode: nil, parents: false),
        .create(path("/a/b/x/y"), isDirectory: false, mode: nil, parents: true),
        .write(path("/a/b/file"), mtime: nil, creates: false),
        .remove(path("/a/b/file"), tree: false),
        .remove(path("/a/b/empty"), tree: false),
        .remove(path("/a/b"), tree: true),
        .move(path("/a/b/file"), path("/c/d/file"), overwrite: false, parents: false),
        .move(path("/a/b"), path("/c/d"), overwrite: true, parents: false),
        .copy(path("/a/b/file"), path("/c/d/x/file"), overwrite: false, parents: true),
        .move(path("/a/b/file"), path("/c/file"), overwrite: true, parents: false),
        .copy(path("/a/b/file"), path("/c/file"), overwrite: true, parents: false),
        .setAttributes(path("/a/b/file"), mode: .defaultFile, owner: nil, group: nil, mtime: nil),
        .create(path("/l/way/new"), isDirectory: false, mode: nil, parents: false),
        .write(path("/l/way/file"), mtime: nil, creates: true),
        .symlink(path("/l/way/x/link"), to: "anywhere", parents: true),
        .link(path("/l/way/file"), path("/c/link"), parents: false),
        .move(path("/l/way/file"), path("/c/d/file"), overwrite: false, parents: false),
        .setAttributes(path("/l/way"), mode: .defaultFile, owner: nil, group: nil, mtime: nil),
    ]

    private static func path(_ text: String) -> FilePath {
        FilePath(names: text.split(separator: "/").map { FileName(validated: String($0)) })
    }

    @Test("Any change of mode on the way refuses the plan", arguments: operations.indices)
    func modes(index: Int) throws {
        let operation = Self.operations[index]
        var ids = SeededIdentifiers(seed: 1)
        let before = try store(&ids)
        let resolutions = operation.resolutions(in: before, at: .test(3))
        let plan = try #require(try operation.plan(on: resolutions, by: root, size: 1, ids: &ids))
        var unchanged = before
        #expect(unchanged.commit(plan.changeset, at: .test(4)) == .committed(at: .test(4)))
        for inode in resolutions.flatMap({ $0.chain + $0.detours.map(\.step.inode) }) {
            var store = before
            var change = AttributeChange()
            change.mode = FileMode(rawValue: inode.mode.rawValue ^ 1)
            let chmod = Changeset(id: ChangesetID(ids.next()), mutations: [.setAttributes(inode.id, change)])
            _ = store.commit(chmod, at: .test(4))
            let broken = Precondition.access(inode.id, version: inode.accessVersion)
            let outcome = store.commit(plan.changeset, at: .test(5))
            let isContent = outcome == .refused(.broken(.unchanged(inode.id, version: inode.changeVersion)))
            #expect(outcome == .refused(.broken(broken)) || isContent, "\(operation) \(inode.id)")
            #expect(plan.refusal(ifBroken: broken) == nil)
        }
    }

    @Test("Any entry on the way that leads elsewhere refuses the plan", arguments: operations.indices)
    func entries(index: Int) throws {
        let operation = Self.operations[index]
        var ids = SeededIdentifiers(seed: 1)
        let before = try store(&ids)
        let resolutions = operation.resolutions(in: before, at: .test(3))
        let plan = try #require(try operation.plan(on: resolutions, by: root, size: 1, ids: &ids))
        for resolution in resolutions {
            let passed = resolution.detours.map { (resolution.parent(of: $0), $0.step) }
            for (parent, step) in passed + Array(zip(resolution.chain, resolution.steps)) {
                var store = before
                let parent = parent.id
                let aside = Changeset(
                    id: ChangesetID(ids.next()),
                    mutations: [
                        .moveEntry(
                            from: parent, name: step.name, to: parent, newName: FileName(validated: "aside"),
                            inode: step.inode.id)
                    ])
                _ = store.commit(aside, at: .test(4))
                let broken = Precondition.entry(parent: parent, name: step.name, leadsTo: step.inode.id)
                let outcome = store.commit(plan.changeset, at: .test(5))
                #expect(outcome == .refused(.broken(broken)), "\(operation) \(step.name)")
            }
        }
    }

    @Test(
        "A name that is taken meanwhile refuses the plan that would make it",
        arguments: [0, 1, 2, 7, 9, 13, 15, 16, 17])
    func absence(index: Int) throws {
        let operation = Self.operations[index]
        var ids = SeededIdentifiers(seed: 1)
        var store = try store(&ids)
        let resolutions = operation.resolutions(in: store, at: .test(3))
        let plan = try #require(try operation.plan(on: resolutions, by: root, size: 1, ids: &ids))
        let last = try #require(resolutions.last)
        let name = try #require(last.missing.first)
        let other = store.resolve(
            FilePath(names: last.steps.map(\.name) + [name]), at: .test(3))
        let rival = try CreateDirectory.plan(.init(), on: other, by: root, ids: &ids)
        _ = store.commit(rival.changeset, at: .test(4))
        let broken = Precondition.noEntry(parent: last.deepest.id, name: name)
        #expect(store.commit(plan.changeset, at: .test(5)) == .refused(.broken(broken)))
    }

    @Test("No guard is there twice")
    func noneTwice() throws {
        var ids = SeededIdentifiers(seed: 1)
        let store = try store(&ids)
        for operation in Self.operations {
            let resolutions = operation.resolutions(in: store, at: .test(3))
            let plan = try #require(try operation.plan(on: resolutions, by: root, size: 1, ids: &ids))
            let guards = plan.changeset.preconditions
            for (index, one) in guards.enumerated() {
                #expect(!guards[..<index].contains(one), "\(operation): \(one)")
            }
        }
    }
}
