import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Garbage and orphans")
struct GarbageCollectionTests {
    private func world() -> TestNode {
        var settings = NodeSettings()
        settings.inlineBytesMax = 0
        return TestNode(settings: settings)
    }

    private func write(_ text: String, to path: String, in world: TestNode) async throws {
        _ = try await world.node.writeFile(
            FilePath(parsing: path),
            FileUpload(
                disposition: .createOrReplace, length: UInt64(text.utf8.count),
                body: BytesStream(Array(text.utf8))),
            by: TestNode.owner)
    }

    private func storedCount(_ world: TestNode) async throws -> Int {
        try await world.contents.list(after: nil, limit: 1_000).count
    }

    @Test("A replaced content outlives its file by the grace and no longer")
    func grace() async throws {
        let world = world()
        try await write("old", to: "/f", in: world)
        try await write("new", to: "/f", in: world)
        while try await world.node.collectGarbage() {}
        #expect(try await storedCount(world) == 2)
        world.time.advance(by: Limits.reclaimGraceDefault + .seconds(1))
        while try await world.node.collectGarbage() {}
        #expect(try await storedCount(world) == 1)
        let opened = try await world.node.openFile(
            FilePath(parsing: "/f"), conditions: Conditions(), by: TestNode.owner)
        let stream = try await world.node.read(try #require(opened.content), range: 0..<3)
        #expect(String(decoding: try await collect(stream), as: UTF8.self) == "new")
    }

    @Test("A reader that resolved before a replacement still gets the old content whole")
    func readers() async throws {
        let world = world()
        try await write("old", to: "/f", in: world)
        let opened = try await world.node.openFile(
            FilePath(parsing: "/f"), conditions: Conditions(), by: TestNode.owner)
        try await write("newer", to: "/f", in: world)
        while try await world.node.collectGarbage() {}
        let stream = try await world.node.read(try #require(opened.content), range: 0..<3)
        #expect(String(decoding: try await collect(stream), as: UTF8.self) == "old")
    }

    @Test("A removed tree gives back every content in bounded steps")
    func trees() async throws {
        let world = world()
        for index in 0..<700 { try await write("x", to: "/d/\(index % 7)/\(index)", in: world) }
        try await world.node.removeTree(FilePath(parsing: "/d"), conditions: Conditions(), by: TestNode.owner)
        try await world.settle()
        #expect(try await storedCount(world) == 0)
        #expect(
            try await world.metadata.counts() == LedgerCounts(candidates: 0, condemned: 0, detachedTrees: 0))
        #expect(try await world.metadata.check(limit: 10).isEmpty)
    }

    @Test("The sweep takes what no row knows and only when it is old")
    func sweep() async throws {
        let world = world()
        try await write("kept", to: "/f", in: world)
        let orphan = LocationID(world.node.dependencies.entropy.identifier(at: world.time.wallNow()))
        _ = try await world.contents.write(orphan, length: 3, body: BytesStream([1, 2, 3])) { _ in }
        try await world.node.sweep(world.contents, madeBefore: world.time.wallNow() - Limits.sweepAgeDefault)
        #expect(try await storedCount(world) == 2)
        world.time.advance(by: Limits.sweepAgeDefault + .seconds(1))
        try await world.node.sweep(world.contents, madeBefore: world.time.wallNow() - Limits.sweepAgeDefault)
        #expect(try await storedCount(world) == 1)
        try await world.settle()
        #expect(try await storedCount(world) == 1)
    }

    @Test("A writer slower than the sweep is refused instead of publishing what was deleted")
    func slowWriter() async throws {
        let world = world()
        let path = try FilePath(parsing: "/slow")
        let slow = RacingStream(Array("slow".utf8)) {
            world.time.advance(by: Limits.sweepAgeDefault + .seconds(1))
        }
        await #expect(throws: Failure.self) {
            try await world.node.writeFile(
                path, FileUpload(disposition: .create, length: 4, body: slow), by: TestNode.owner)
        }
        #expect(try await world.metadata.resolve(path, content: .none).target == nil)
    }

    @Test("The check of the stores finds a content that is missing")
    func check() async throws {
        let world = world()
        try await write("one", to: "/a", in: world)
        try await write("two", to: "/b", in: world)
        var findings: [String] = []
        #expect(try await world.node.checkStores { findings.append($0) } == 2)
        #expect(findings.isEmpty)
        let first = try #require(try await world.contents.list(after: nil, limit: 1).first)
        try await world.contents.delete(first.id)
        _ = try await world.node.checkStores { findings.append($0) }
        #expect(findings.count == 1)
    }

    @Test("Background work ends when it is cancelled, and collects until then")
    func run() async throws {
        let world = world()
        try await write("old", to: "/f", in: world)
        try await write("new", to: "/f", in: world)
        await withTaskGroup { group in
            group.addTask { await world.node.run() }
            while world.time.sleeperCount == 0 { await Task.yield() }
            group.cancelAll()
        }
        #expect(try await world.metadata.counts().condemned == 1)
    }
}
