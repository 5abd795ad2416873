import Domain
import Glibc
import PortContracts
import Ports
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite("The file of the metadata store in SQLite")
struct DurabilityTests {
    private func subject(_ store: SQLiteMetadataStore, _ time: ManualTime, seed: UInt64) -> MetadataSubject {
        MetadataSubject(store: store, time: time, entropy: SeededEntropy(seed: seed))
    }

    @Test("keeps all that was acknowledged when it is opened again")
    func reopening() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let first = try openStore(in: directory, time: time)
        let before = subject(first, time, seed: 1)
        let content = before.content(inline: [1, 2, 3])
        let file = try await before.makeFile("f", content: content)
        let changeset = before.changeset([], [])
        let outcome = try await first.commit(changeset)
        let deployment = try await first.deployment()
        let latest = try await first.now()
        first.close()

        time.jumpWall(by: .seconds(-1_000))
        let second = try openStore(in: directory, time: time)
        defer { second.close() }
        let after = subject(second, time, seed: 2)
        #expect(try await after.inode("/f").id == file)
        #expect(try await after.resolve("/f").content?.inlineBytes == [1, 2, 3])
        #expect(try await second.resolveOutcome(of: changeset.id) == outcome)
        #expect(try await second.deployment() == deployment)
        #expect(try await second.now() >= latest)
        #expect(try await after.apply([]) > latest)
        try await after.expectSound()
    }

    @Test("ends the links of a version that did not keep which file each was for, but not their claims")
    func linksWithoutFiles() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let first = try openStore(in: directory, time: time)
        let before = subject(first, time, seed: 1)
        let file = try await before.makeFile("f")
        let link = DownloadLink(
            path: try FilePath(parsing: "/f"), file: file, issuer: "ada",
            expiresAt: time.wallNow() + .seconds(600))
        let (open, claimed) = (LinkKey(before.identifier()), LinkKey(before.identifier()))
        let claim = ClaimKey(before.identifier())
        let pinned = PinnedFile(inode: file, content: nil, size: 0, mediaType: nil, modifiedAt: .epoch)
        try await before.apply([
            .addLink(open, link), .addLink(claimed, link), .claimLink(claimed, claim, pinned),
        ])
        first.close()
        try run("UPDATE link SET inode = NULL WHERE state = 0", in: directory)
        try run("DELETE FROM migration WHERE version >= 7", in: directory)

        let second = try openStore(in: directory, time: time)
        defer { second.close() }
        #expect(try await second.link(open)?.link.state == .over(since: link.expiresAt))
        let found = try #require(try await second.link(claimed))
        #expect(found.link.resume(claim, at: found.time) == pinned)
        try await subject(second, time, seed: 2).expectSound()
    }

    @Test("is readable by its owner alone")
    func permissions() async throws {
        let directory = TemporaryDirectory()
        let store = try openStore(in: directory)
        defer { store.close() }
        for name in ["callfs.db", "callfs.db-wal", "callfs.db-shm"] {
            var status = stat()
            #expect(stat(directory.path + "/" + name, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    /// The log stays below the size at which it is copied into the database, so that a copy is what a crash
    /// leaves.
    @Test("opens soundly as a crash at any moment leaves it, with all that was acknowledged before")
    func copiesUnderLoad() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let store = try openStore(in: directory, time: time)
        defer { store.close() }
        let it = subject(store, time, seed: 1)
        let acknowledged = Acknowledged()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    let parent = try await it.makeDirectory("w\(worker)")
                    for round in 0..<60 {
                        let bytes = [UInt8](repeating: UInt8(round), count: 300)
                        let content = it.content(inline: bytes)
                        try await it.makeFile("f\(round)", in: parent, content: content)
                        acknowledged.names.withLock { $0.append("/w\(worker)/f\(round)") }
                    }
                }
            }
            for _ in 0..<6 {
                let names = acknowledged.names.withLock { $0 }
                let copy = TemporaryDirectory()
                try copyDatabase(from: directory, to: copy)
                let reopened = try openStore(in: copy)
                let image = subject(reopened, time, seed: 9)
                for name in names { #expect(try await image.exists(name), "\(name)") }
                try await image.expectSound()
                reopened.close()
            }
            try await group.waitForAll()
        }
        try await it.expectSound()
    }

    @Test("is refused when it comes from a newer version, from another program, or is no database")
    func refusedFiles() throws {
        let newer = TemporaryDirectory()
        try openStore(in: newer).close()
        try run("INSERT INTO migration VALUES (99, 0)", in: newer)
        let problem = #expect(throws: MetadataOpenError.self) { try openStore(in: newer) }
        #expect(problem?.description.contains("newer version") == true)
        #expect(problem?.description.contains("schema 99") == true)

        let foreign = TemporaryDirectory()
        try run("CREATE TABLE theirs (x)", in: foreign)
        #expect(throws: MetadataOpenError.self) { try openStore(in: foreign) }

        let damaged = TemporaryDirectory()
        let file = try #require(fopen(damaged.path + "/callfs.db", "w"))
        for _ in 0..<1_000 { fputs("this is not a database\n", file) }
        fclose(file)
        #expect(throws: MetadataOpenError.self) { try openStore(in: damaged) }
    }

    @Test("is refused in a directory that does not exist")
    func missingDirectory() throws {
        let directory = TemporaryDirectory()
        #expect(throws: MetadataOpenError.self) {
            try SQLiteMetadataStore(
                directory: directory.path + "/none", time: ManualTime(), entropy: SeededEntropy(),
                owner: UserID(0), group: GroupID(0), onFatal: { _ in })
        }
    }

    @Test("refuses what it has no room for, changes nothing then, and works again with room")
    func fullDisk() async throws {
        try await withStore(pagesMax: 120) { it in
            try await it.makeFile("first", content: it.content(inline: [1]))
            var made = 0
            var error: MetadataError?
            while error == nil, made < 1_000 {
                do throws(MetadataError) {
                    let content = it.content(inline: [UInt8](repeating: 7, count: 8_000))
                    let new = it.newInode(.file, content: content)
                    let name = FileName(validated: "f\(made)")
                    let changeset = it.changeset(
                        [],
                        [
                            .publishContent(content), .createInode(new),
                            .addEntry(parent: .root, name: name, inode: new.id),
                        ])
                    _ = try await it.store.commit(changeset)
                    made += 1
                } catch let refused {
                    error = refused
                }
            }
            #expect(error == .full)
            #expect(try await !it.exists("/f\(made)"))
            #expect(try await it.names(in: "/").count == made + 1)
            try await it.expectSound()
            for index in 0..<made {
                let file = try await it.inode("/f\(index)")
                try await it.apply([
                    .removeEntry(parent: .root, name: FileName("f\(index)"), inode: file.id)
                ])
            }
            try await it.settle()
            try await it.makeFile("again", content: it.content(inline: [UInt8](repeating: 1, count: 8_000)))
            try await it.expectSound()
        }
    }

    @Test("a change too large for the disk does not keep small ones out")
    func fullDiskGroup() async throws {
        try await withStore(pagesMax: 120) { it in
            let names = (0..<12).map { "f\($0)" }
            let results = await withTaskGroup(of: Bool.self) { group in
                for (index, name) in names.enumerated() {
                    group.addTask {
                        let size = index % 2 == 0 ? 10 : 1_000_000
                        let content = it.content(inline: [UInt8](repeating: 7, count: size))
                        return (try? await it.makeFile(name, content: content)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(results == 6)
            #expect(try await it.names(in: "/").count == 6)
            try await it.expectSound()
        }
    }

    @Test("gives the room of what was deleted back to the disk")
    func givingBack() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let store = try openStore(in: directory, time: time)
        defer { store.close() }
        let it = subject(store, time, seed: 1)
        while try await store.compact() {}
        let before = diskUse(of: directory)
        let top = try await it.makeDirectory("d")
        for index in 0..<60 {
            let bytes = [UInt8](repeating: 1, count: 16_000)
            try await it.makeFile("f\(index)", in: top, content: it.content(inline: bytes))
        }
        #expect(diskUse(of: directory) > before + 900_000)
        try await it.apply([.detachTree(parent: .root, name: FileName("d"), inode: top)])
        time.advance(by: .seconds(1_000))
        try await it.settle()
        while try await store.compact() {}
        #expect(diskUse(of: directory) <= before + 64 * 1024)
        try await it.expectSound()
    }

    @Test("forgets outcomes when nobody can ask for them any more, and not before")
    func outcomes() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let store = try openStore(in: directory, time: time, outcomesKept: .seconds(60))
        defer { store.close() }
        let it = subject(store, time, seed: 1)
        let changeset = it.changeset([], [])
        let outcome = try await store.commit(changeset)
        time.advance(by: .seconds(59))
        while try await store.compact() {}
        #expect(try await store.resolveOutcome(of: changeset.id) == outcome)
        time.advance(by: .seconds(2))
        while try await store.compact() {}
        #expect(try await store.resolveOutcome(of: changeset.id) == .refused(.aborted))
    }

    @Test("is out of reach when it was closed")
    func closed() async throws {
        let directory = TemporaryDirectory()
        let time = ManualTime()
        let store = try openStore(in: directory, time: time)
        store.close()
        store.close()
        let it = subject(store, time, seed: 1)
        await #expect(throws: MetadataError.unavailable) { try await store.commit(it.changeset([], [])) }
        await #expect(throws: MetadataError.unavailable) { try await it.resolve("/") }
    }

    @Test("a caller that is cancelled goes at once, and its changeset is decided once for ever")
    func cancelledInFlight() async throws {
        try await withStore { it in
            for round in 0..<50 {
                let name = try FileName("d\(round)")
                let new = it.newInode(.directory)
                let changeset = it.changeset(
                    [], [.createInode(new), .addEntry(parent: .root, name: name, inode: new.id)])
                let result = await withTaskGroup(of: Result<CommitOutcome, MetadataError>.self) { group in
                    group.addTask {
                        do throws(MetadataError) {
                            return .success(try await it.store.commit(changeset))
                        } catch {
                            return .failure(error)
                        }
                    }
                    for _ in 0..<round % 7 { await Task.yield() }
                    group.cancelAll()
                    return await group.next()
                }
                let exists = try await {
                    switch result {
                    case .success(.committed): return true
                    case .failure(.cancelled): return false
                    case .failure(.ambiguous):
                        let outcome = try await it.store.resolveOutcome(of: changeset.id)
                        return outcome != .refused(.aborted)
                    case .success(.refused), .failure, nil:
                        Issue.record("\(String(describing: result))")
                        return false
                    }
                }()
                #expect(try await it.exists("/" + name.text) == exists, "round \(round)")
            }
        }
    }
}

/// Paths whose creation was acknowledged.
private final class Acknowledged: Sendable {
    let names = Mutex<[String]>([])
}
