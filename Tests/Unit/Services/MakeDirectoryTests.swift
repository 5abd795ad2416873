import Domain
import Memory
import NodeSupport
import Ports
import Services
import Synchronization
import Testing

@Suite("Directories that are made wherever they are missing")
struct MakeDirectoryTests {
    @Test(
        "A directory that is gone, or has become a file, between being met and being looked at is made anew",
        arguments: [false, true])
    func goneMeanwhile(becomesFile: Bool) async throws {
        let holder = Mutex<InterposedMetadata?>(nil)
        let world = TestNode { store in
            let interposed = InterposedMetadata(store)
            holder.withLock { $0 = interposed }
            return interposed
        }
        let metadata = try #require(holder.withLock { $0 })
        let path = try FilePath(parsing: "/d")
        let name = FileName(validated: "d")
        _ = try await make(path, in: world)
        // The first look finds it; the second, which is to say what is there, comes too late.
        metadata.before(.resolve, skipping: 1) { store in
            let inode = try #require(
                try await store.resolve(path, content: .none, following: .never).target)
            let removal = Changeset(
                id: ChangesetID(Identifier(high: 7, low: 1)),
                mutations: [.removeEntry(parent: .root, name: name, inode: inode.id)])
            #expect(try await store.commit(removal) != .refused(.aborted))
            guard becomesFile else { return }
            let file = NewInode(
                id: InodeID(Identifier(high: 7, low: 2)), kind: .file, mode: FileMode(rawValue: 0o644),
                owner: TestNode.owner.user, group: TestNode.owner.group)
            let creation = Changeset(
                id: ChangesetID(Identifier(high: 7, low: 3)),
                mutations: [
                    .createInode(file), .addEntry(parent: .root, name: name, inode: file.id),
                ])
            #expect(try await store.commit(creation) != .refused(.aborted))
        }
        if becomesFile {
            let failure = await #expect(throws: Failure.self) { _ = try await make(path, in: world) }
            guard case .refused(.alreadyExists(let conflict)) = failure else {
                Issue.record("it is \(String(describing: failure))")
                return
            }
            #expect(conflict.kind == .file)
        } else {
            #expect(try await make(path, in: world).isNew)
        }
        #expect(metadata.isDone)
    }

    private func make(_ path: FilePath, in world: TestNode) async throws(Failure) -> WrittenFile {
        try await world.node.makeDirectory(
            path, mode: nil, modifiedAt: nil, conditions: Conditions(), toleratesExisting: true,
            by: TestNode.owner)
    }
}
