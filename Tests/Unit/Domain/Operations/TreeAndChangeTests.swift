import Domain
import Testing

/// Plans over several things at once: a copy of a tree, and a move with attributes.
@Suite("Copies of trees, and changes with a move")
struct TreeAndChangeTests {
    private let ada = Principal(name: "ada", user: UserID(1001), group: GroupID(500))
    private let bob = Principal(name: "bob", user: UserID(1002), group: GroupID(600))

    /// `/tree/a`, `/tree/b/c` and an empty `/tree/b/d`, and `/file`, all ada's and open to all.
    private struct World {
        var store = ModelStore(root: .root(owner: UserID(1001), group: GroupID(500), at: .test(1)))
        var ids = SeededIdentifiers(seed: 9)
        var time = 10

        mutating func resolve(_ path: String) throws -> Resolution {
            time += 1
            return store.resolve(try FilePath(parsing: path), at: .test(time))
        }

        mutating func commit(_ changeset: Changeset) -> CommitOutcome {
            time += 1
            return store.commit(changeset, at: .test(time))
        }

        /// What a reader of the tree finds, level by level.
        mutating func read(_ path: String) throws -> CopiedTree {
            var tree = CopiedTree()
            var waiting = [try FilePath(parsing: path)]
            while !waiting.isEmpty {
                let path = waiting.removeFirst()
                let directory = try #require(store.resolve(path, at: .test(time)).target)
                let entries = store.names(in: directory.id).compactMap { name, id in
                    store.inodes[id].map { Entry(name: name, inode: $0) }
                }.sorted { $0.name < $1.name }
                tree.append(CopiedTree.Listing(path: path, directory: directory, entries: entries))
                waiting += entries.filter { $0.inode.kind == .directory }.map { path.appending($0.name) }
            }
            return tree
        }
    }

    private func world() throws -> World {
        var world = World()
        for path in ["/tree/a", "/tree/b/c", "/file"] {
            let plan = try CreateFile.plan(
                CreateFile.Request(content: .test(3, &world.ids), mode: FileMode(rawValue: 0o777)),
                on: world.resolve(path), by: ada, ids: &world.ids)
            #expect(world.commit(plan.changeset) == .committed(at: .test(world.time)))
        }
        let empty = try CreateDirectory.plan(
            .init(), on: world.resolve("/tree/b/d"), by: ada, ids: &world.ids)
        #expect(world.commit(empty.changeset) == .committed(at: .test(world.time)))
        return world
    }

    private func chmod(_ inode: Inode, _ mode: UInt16, in world: inout World) {
        var change = AttributeChange()
        change.mode = FileMode(rawValue: mode)
        let changeset = Changeset(
            id: ChangesetID(world.ids.next()), mutations: [.setAttributes(inode.id, change)])
        #expect(world.commit(changeset) == .committed(at: .test(world.time)))
    }

    private func copy(
        _ world: inout World, _ request: CopyTree.Request = CopyTree.Request(),
        to destination: String = "/x/copy",
        by principal: Principal? = nil
    ) throws -> Plan {
        try CopyTree.plan(
            request, of: world.read("/tree"), from: world.resolve("/tree"), to: world.resolve(destination),
            by: principal ?? ada, ids: &world.ids)
    }

    @Test("A copy of a tree is the tree, with inodes of its own and the same contents")
    func copies() throws {
        var world = try world()
        let plan = try copy(&world)
        #expect(world.commit(plan.changeset) == .committed(at: .test(world.time)))
        let (original, made) = (try world.read("/tree"), try world.read("/x/copy"))
        #expect(
            original.listings.map { $0.entries.map(\.name) } == made.listings.map { $0.entries.map(\.name) })
        for (old, new) in zip(original.listings.flatMap(\.entries), made.listings.flatMap(\.entries)) {
            #expect(old.inode.content == new.inode.content && old.inode.id != new.inode.id)
            #expect(old.inode.mode == new.inode.mode && old.inode.size == new.inode.size)
        }
        let top = try #require(try world.resolve("/x/copy").target)
        #expect(plan.inode(at: top.bornAt) == top)
    }

    @Test("Any change of anything in the tree refuses the plan that copies it")
    func guards() throws {
        var before = try world()
        let plan = try copy(&before)
        let tree = try before.read("/tree")
        let inodes = tree.listings.map(\.directory) + tree.listings.flatMap(\.entries).map(\.inode)
        #expect(Set(inodes.map(\.id)).count == 5)
        for inode in inodes {
            var world = before
            chmod(inode, inode.mode.rawValue ^ 1, in: &world)
            guard case .refused(.broken) = world.commit(plan.changeset) else {
                Issue.record("copied what had changed: \(inode.id)")
                return
            }
            #expect(try world.resolve("/x").target == nil)
        }
        for (index, one) in plan.changeset.preconditions.enumerated() {
            #expect(!plan.changeset.preconditions[..<index].contains(one))
        }
    }

    @Test(
        "What cannot be read, in the top or deep below, refuses the whole",
        arguments: ["/tree", "/tree/b", "/tree/b/c"])
    func permissions(path: String) throws {
        var world = try world()
        let root = try #require(try world.resolve("/").target)
        chmod(root, 0o777, in: &world)
        let closed = try #require(try world.resolve(path).target)
        chmod(closed, 0o700, in: &world)
        let refusal = #expect(throws: Refusal.self) { try copy(&world, by: bob) }
        guard case .permissionDenied(let denial) = refusal else {
            Issue.record("not denied: \(String(describing: refusal))")
            return
        }
        #expect(denial.path.description == path)
        chmod(closed, 0o755, in: &world)
        let plan = try copy(&world, by: bob)
        #expect(plan.inode(at: .test(1))?.owner == bob.user)
    }

    @Test("A tree is not copied into itself, nor over anything")
    func destinations() throws {
        var world = try world()
        for destination in ["/tree", "/tree/b", "/tree/b/d/e", "/tree/new"] {
            let refusal = #expect(throws: Refusal.self) {
                try copy(&world, .init(overwrite: true), to: destination)
            }
            #expect(refusal == .invalid("A directory cannot be copied into itself."))
        }
        let file = try FilePath(parsing: "/file")
        #expect(throws: Refusal.notADirectory(file)) {
            try copy(&world, .init(overwrite: true), to: "/file")
        }
        #expect(throws: Refusal.alreadyExists(Conflict(path: file, kind: .file, location: nil))) {
            try copy(&world, to: "/file")
        }
    }

    @Test("A move with attributes is both, and refused when either is")
    func changes() throws {
        var world = try world()
        let mode = FileMode(rawValue: 0o600)
        var request = ChangeEntry.Request(
            move: MoveEntry.Request(), attributes: SetAttributes.Request(mode: mode))
        let late = try ChangeEntry.plan(
            request, from: world.resolve("/file"), to: world.resolve("/moved"), by: ada, ids: &world.ids)
        let plan = try ChangeEntry.plan(
            request, from: world.resolve("/file"), to: world.resolve("/moved"), by: ada, ids: &world.ids)
        #expect(world.commit(plan.changeset) == .committed(at: .test(world.time)))
        let moved = try #require(try world.resolve("/moved").target)
        #expect(moved.mode == mode && plan.inode(at: moved.changedAt) == moved)
        #expect(try world.resolve("/file").target == nil)
        #expect(world.commit(late.changeset) != .committed(at: .test(world.time)))

        request.attributes?.owner = UserID(7)
        #expect(throws: Refusal.self) {
            try ChangeEntry.plan(
                request, from: world.resolve("/moved"), to: world.resolve("/file"), by: ada, ids: &world.ids)
        }
        request.attributes?.owner = nil
        request.conditions.ifMatch = .tags([EntityTag(opaque: "other")])
        #expect(throws: Refusal.preconditionFailed) {
            try ChangeEntry.plan(
                request, from: world.resolve("/moved"), to: world.resolve("/file"), by: ada, ids: &world.ids)
        }
        let denied = #expect(throws: Refusal.self) {
            try ChangeEntry.plan(
                request, from: world.resolve("/moved"), to: world.resolve("/file"), by: bob, ids: &world.ids)
        }
        #expect(denied?.errno == .eacces, "before the condition is looked at")
    }

    @Test("The answer about a file is what the commit left: who changes it meanwhile refuses the plan")
    func exactness() throws {
        var world = try world()
        let request = ChangeEntry.Request(attributes: SetAttributes.Request(modifiedAt: .test(5)))
        let plan = try ChangeEntry.plan(
            request, from: world.resolve("/file"), to: nil, by: ada, ids: &world.ids)
        let write = try ReplaceContent.plan(.init(), on: world.resolve("/file"), by: ada, ids: &world.ids)
        let file = try #require(try world.resolve("/file").target)
        #expect(world.commit(write.changeset) == .committed(at: .test(world.time)))
        let broken = Precondition.unchanged(file.id, version: file.changeVersion)
        #expect(world.commit(plan.changeset) == .refused(.broken(broken)))
    }
}
