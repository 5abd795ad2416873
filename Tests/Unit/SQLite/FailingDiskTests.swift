import Domain
import Glibc
import PortContracts
import Ports
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite("The metadata store in SQLite on a disk that fails", .serialized)
struct FailingDiskTests {
    /// What `onFatal` was told.
    private final class Complaints: Sendable {
        let sentences = Mutex<[String]>([])
        var count: Int { sentences.withLock { $0.count } }
    }

    private let directory = TemporaryDirectory()
    private let time = ManualTime()
    private let complaints = Complaints()
    private let log = RecordingLog()

    private func open() throws -> MetadataSubject {
        let complaints = complaints
        let store = try openStore(
            in: directory, time: time, log: log,
            onFatal: { sentence in complaints.sentences.withLock { $0.append(sentence) } })
        return MetadataSubject(store: store, time: time, entropy: SeededEntropy())
    }

    @Test(
        "says that there is no room, changes nothing, and works again when there is",
        arguments: [ENOSPC, EDQUOT])
    func noRoom(error: Int32) async throws {
        let it = try open()
        try await it.makeFile("before")
        await FaultyWrites.fail(in: directory.path, with: error) {
            await #expect(throws: MetadataError.full) { try await it.makeFile("f") }
            await #expect(throws: MetadataError.full) { try await it.makeFile("g") }
        }
        #expect(complaints.sentences.withLock { $0 } == [])
        #expect(try await it.names(in: "/") == ["before"])
        try await it.makeFile("f")
        #expect(try await it.names(in: "/") == ["before", "f"])
        try await it.expectSound()
        #expect(access(directory.path + "/callfs.reserve", F_OK) == 0)
        #expect(complaints.sentences.withLock { $0 } == [])
    }

    @Test("leaves what SQLite said in the log when a caller is only told that it failed")
    func says() async throws {
        let it = try open()
        await FaultyWrites.fail(in: directory.path, with: EDQUOT) {
            await #expect(throws: MetadataError.full) { try await it.makeFile("f") }
        }
        let event = try #require(log.events("the metadata store failed").first)
        #expect(event.value("errno") == .integer(Int64(EDQUOT)))
        // SQLITE_IOERR_WRITE (sqlite.org/rescode.html).
        #expect(event.value("sqlite_code") == .integer(778))
        #expect(event.text("reason") == "disk I/O error")
        #expect(!log.events.contains { "\($0.fields)".contains("\"f\"") })
    }

    @Test("removes what it holds before it takes anything new while there is no room")
    func reserve() async throws {
        let it = try open()
        let file = try await it.makeFile("before", content: it.content(inline: [1]))
        // A directory in its place keeps the reserve from being taken again.
        let reserve = directory.path + "/callfs.reserve"
        await FaultyWrites.fail(in: directory.path, with: ENOSPC) {
            unlink(reserve)
            mkdir(reserve, 0o700)
            await #expect(throws: MetadataError.full) { try await it.makeFile("f") }
        }
        await #expect(throws: MetadataError.full) { try await it.makeFile("g") }
        try await it.apply([.removeEntry(parent: .root, name: FileName("before"), inode: file)])
        try await it.settle()
        await #expect(throws: MetadataError.full) { try await it.makeFile("g") }
        rmdir(reserve)
        try await it.makeFile("g")
        #expect(try await it.names(in: "/") == ["g"])
        try await it.expectSound()
    }

    @Test("ends the process when it cannot know what was written, and answers nothing else")
    func unknown() async throws {
        let it = try open()
        try await it.makeFile("before")
        await FaultyWrites.fail(in: directory.path, with: EIO) {
            await #expect(throws: MetadataError.ambiguous) { try await it.makeFile("f") }
        }
        #expect(complaints.count == 1)
        await #expect(throws: MetadataError.unavailable) { try await it.makeFile("g") }
        await #expect(throws: MetadataError.unavailable) { try await it.store.compact() }
        #expect(complaints.count == 1)
        #expect(try await it.exists("/before"))
    }
}
