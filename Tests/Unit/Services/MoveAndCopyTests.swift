import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import Synchronization
import TestSupport
import Testing

/// What others do between the steps of a use case that looks at two paths.
@Suite("Moves and copies under way")
struct MoveAndCopyTests {
    private func interposed() throws -> (TestNode, InterposedMetadata) {
        let holder = Mutex<InterposedMetadata?>(nil)
        let world = TestNode { store in
            let interposed = InterposedMetadata(store)
            holder.withLock { $0 = interposed }
            return interposed
        }
        return (world, try #require(holder.withLock { $0 }))
    }

    private func write(_ path: String, in world: TestNode, _ text: String = "x") async throws {
        _ = try await world.node.writeFile(
            try FilePath(parsing: path),
            FileUpload(
                disposition: .createOrReplace, length: UInt64(text.utf8.count),
                body: BytesStream(Array(text.utf8))), by: TestNode.owner)
    }

    private func read(_ path: String, in world: TestNode) async throws -> String {
        let opened = try await world.node.openFile(
            try FilePath(parsing: path), conditions: Conditions(), by: TestNode.owner)
        guard let content = opened.content else { return "" }
        return String(
            decoding: try await collect(try await world.node.read(content, range: 0..<content.size)),
            as: UTF8.self)
    }

    private func move(_ path: String, to destination: String, in world: TestNode) async throws -> FileState {
        try await world.node.change(
            try FilePath(parsing: path), to: try FilePath(parsing: destination),
            ChangeEntry.Request(move: MoveEntry.Request()), by: TestNode.owner
        ).state
    }

    private func copy(_ path: String, to destination: String, in world: TestNode) async throws {
        _ = try await world.node.copy(
            try FilePath(parsing: path), to: try FilePath(parsing: destination), CopyRequest(),
            by: TestNode.owner)
    }

    /// Takes an entry of the root to another name, behind everybody's back.
    private static func rename(_ name: String, to newName: String) -> InterposedMetadata.Act {
        { store in
            let path = FilePath(names: [FileName(validated: name)])
            let inode = try #require(try await store.resolve(path, content: .none).target)
            let changeset = Changeset(
                id: ChangesetID(Identifier(high: 7, low: UInt64(newName.utf8.count))),
                mutations: [
                    .moveEntry(
                        from: .root, name: FileName(validated: name), to: .root,
                        newName: FileName(validated: newName), inode: inode.id)
                ])
            #expect(try await store.commit(changeset) != .refused(.aborted))
        }
    }

    @Test("A refusal that no instant deserved is not given")
    func refusalOfTwoInstants() async throws {
        let (world, metadata) = try interposed()
        try await write("/a/f", in: world)
        // Looked up before, `a` is what `b` is afterwards; it never was where it would be below itself.
        metadata.before(.resolve, skipping: 1, Self.rename("a", to: "b"))
        let failure = await #expect(throws: Failure.self) { try await move("/a", to: "/b/c", in: world) }
        #expect(metadata.isDone)
        #expect(failure == .refused(.notFound(try FilePath(parsing: "/a"))))
    }

    @Test("A destination that comes to be before the commit is found by it")
    func lateDestination() async throws {
        let (world, metadata) = try interposed()
        try await write("/a", in: world, "one")
        try await write("/late", in: world, "two")
        metadata.before(.commit, Self.rename("late", to: "b"))
        let failure = await #expect(throws: Failure.self) { try await move("/a", to: "/b", in: world) }
        guard case .refused(.alreadyExists(let conflict)) = failure else {
            Issue.record("the move was not refused: \(String(describing: failure))")
            return
        }
        #expect(conflict.path.description == "/b")
        #expect(try await read("/b", in: world) == "two")
    }

    @Test("A tree that changes while it is copied is read again, and the copy is what it then is")
    func changingTree() async throws {
        let (world, metadata) = try interposed()
        for name in ["a", "b/c"] { try await write("/tree/" + name, in: world, name) }
        try await write("/tree/b/d", in: world, "old")
        let change: InterposedMetadata.Act = { store in
            let path = FilePath(names: ["tree", "b", "d"].map { FileName(validated: $0) })
            let inode = try #require(try await store.resolve(path, content: .none).target)
            let changeset = Changeset(
                id: ChangesetID(Identifier(high: 7, low: 1)),
                mutations: [
                    .setContent(inode.id, content: nil, size: 0, mediaType: .keep, modifiedAt: nil)
                ])
            _ = try await store.commit(changeset)
        }
        metadata.before(.commit, change)
        metadata.before(.list, skipping: 1, Self.rename("tree", to: "aside"))
        metadata.before(.resolve, skipping: 1, Self.rename("aside", to: "tree"))
        try await copy("/tree", to: "/copy", in: world)
        #expect(metadata.isDone)
        #expect(try await read("/copy/a", in: world) == "a")
        #expect(try await read("/copy/b/c", in: world) == "b/c")
        #expect(try await read("/copy/b/d", in: world) == "")
        #expect(try await world.metadata.check(limit: 10).isEmpty)
    }

    @Test("More entries than one commit may copy are refused, and nothing is made")
    func tooLarge() async throws {
        let (world, _) = try interposed()
        var mutations: [Mutation] = []
        for number in 0...Limits.copyEntriesMax {
            let file = NewInode(
                id: InodeID(Identifier(high: 9, low: UInt64(number))), kind: .file,
                mode: FileMode(rawValue: 0o644), owner: TestNode.owner.user, group: TestNode.owner.group)
            mutations.append(.createInode(file))
            mutations.append(
                .addEntry(parent: .root, name: FileName(validated: String(number)), inode: file.id))
        }
        _ = try await world.metadata.commit(
            Changeset(id: ChangesetID(Identifier(high: 9, low: 0)), mutations: mutations))
        let failure = await #expect(throws: Failure.self) { try await copy("/", to: "/none/x", in: world) }
        #expect(failure == .treeTooLarge(limit: Limits.copyEntriesMax))
        #expect(
            try await world.metadata.resolve(try FilePath(parsing: "/none"), content: .none).target == nil)
    }

    @Test("The contents that copies share are kept until the last of them goes")
    func sharedContents() async throws {
        let (world, _) = try interposed()
        let text = String(repeating: "0123456789", count: 5_000)
        try await write("/tree/f", in: world, text)
        try await copy("/tree", to: "/copy", in: world)
        try await world.node.removeTree(
            try FilePath(parsing: "/tree"), conditions: Conditions(), by: TestNode.owner)
        try await world.settle()
        #expect(try await read("/copy/f", in: world) == text)
        try await world.node.removeTree(
            try FilePath(parsing: "/copy"), conditions: Conditions(), by: TestNode.owner)
        try await world.settle()
        #expect(try await world.contents.list(after: nil, limit: 10).isEmpty)
    }
}
