import Domain
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

/// The server looks up what `PathWalk` will ask for, by rules of its own; memory is asked by `PathWalk`
/// itself.
@Suite("Walks in PostgreSQL and in memory", .serialized)
struct WalkTests {
    private static let names = ["a", "b", "c", "d"]

    @Test("come to the same places, through whatever links", arguments: UInt64(1)...3)
    func alike(seed: UInt64) async throws {
        try await withStore { it in
            let reference = MemoryMetadataStore(
                time: it.time, entropy: it.entropy, owner: MetadataSubject.owner,
                group: MetadataSubject.group, treeDirectoriesMax: MetadataSubject.treeDirectoriesMax)
            var random = SeededGenerator(seed: seed)
            var directories = [InodeID.root]
            for _ in 0..<40 {
                it.time.advance(by: .milliseconds(1))
                let kind: FileKind =
                    [.directory, .symlink, .symlink, .file].randomElement(using: &random) ?? .file
                let new = NewInode(
                    id: it.inodeID(), kind: kind, mode: FileMode(rawValue: 0o755), owner: UserID(1),
                    group: GroupID(1), symlinkTarget: kind == .symlink ? Self.target(&random) : nil)
                let parent = try #require(directories.randomElement(using: &random))
                let name = try FileName(#require(Self.names.randomElement(using: &random)))
                let changeset = it.changeset(
                    [], [.createInode(new), .addEntry(parent: parent, name: name, inode: new.id)])
                let outcome = try await it.store.commit(changeset)
                #expect(try await reference.commit(changeset) == outcome)
                if case .committed = outcome, kind == .directory { directories.append(new.id) }
            }
            var found = 0
            for _ in 0..<150 {
                let count = Int.random(in: 1...4, using: &random)
                let path = try FilePath(
                    parsing: "/"
                        + (0..<count).map { _ in Self.names.randomElement(using: &random) ?? "a" }
                        .joined(separator: "/"))
                for following in [LinkFollowing.never, .intermediate, .all, .creation] {
                    let ours = try await it.store.resolve(path, content: .inlineBytes, following: following)
                    let theirs = try await reference.resolve(
                        path, content: .inlineBytes, following: following)
                    try #require(
                        ours == theirs.seen(at: ours.time), "seed \(seed), \(path), \(following)")
                    if !ours.detours.isEmpty { found += 1 }
                }
            }
            #expect(found > 20, "seed \(seed) comes by too few links to show anything")
        }
    }

    /// Of names, dots, roots and slashes at the end.
    private static func target(_ random: inout SeededGenerator) -> String {
        let parts = names + names + [".", "..", "..", String(repeating: "x", count: 256)]
        let count = Int.random(in: 1...4, using: &random)
        let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "a" }.joined(separator: "/")
        return (Bool.random(using: &random) ? "/" : "") + text + (Bool.random(using: &random) ? "/" : "")
    }
}
