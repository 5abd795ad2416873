import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import Synchronization
import TestSupport
import Testing

@Suite("Writing files")
struct WriteFileTests {
    private func upload(
        _ text: String, disposition: FileUpload.Disposition = .createOrReplace
    ) -> FileUpload {
        FileUpload(
            disposition: disposition, length: UInt64(text.utf8.count), body: BytesStream(Array(text.utf8)))
    }

    private func faulty(_ settings: NodeSettings = NodeSettings()) throws -> (TestNode, FaultyMetadata) {
        let holder = Mutex<FaultyMetadata?>(nil)
        let world = TestNode(settings: settings) { store in
            let faulty = FaultyMetadata(store)
            holder.withLock { $0 = faulty }
            return faulty
        }
        return (world, try #require(holder.withLock { $0 }))
    }

    private var settings: NodeSettings {
        var settings = NodeSettings()
        settings.inlineBytesMax = 0
        return settings
    }

    @Test("A commit whose answer was lost after it happened is found and not repeated")
    func lostAfter() async throws {
        let (world, metadata) = try faulty(settings)
        metadata.inject(.lostAfter)
        let path = try FilePath(parsing: "/f")
        let written = try await world.node.writeFile(
            path, upload("x", disposition: .create), by: TestNode.owner)
        #expect(written.isNew)
        #expect(metadata.commitCount == 1)
        #expect(try await world.contents.list(after: nil, limit: 10).count == 1)
    }

    @Test("A commit that never happened is decided as aborted and tried again")
    func lostBefore() async throws {
        let (world, metadata) = try faulty(settings)
        metadata.inject(.lostBefore, .lostBefore)
        let path = try FilePath(parsing: "/f")
        let written = try await world.node.writeFile(
            path, upload("x", disposition: .create), by: TestNode.owner)
        #expect(written.isNew)
        #expect(metadata.commitCount == 3)
        #expect(try await world.contents.list(after: nil, limit: 10).count == 1)
    }

    @Test("A refused commit drops the bytes that were stored for it")
    func refused() async throws {
        let (world, _) = try faulty(settings)
        let path = try FilePath(parsing: "/f")
        _ = try await world.node.writeFile(path, upload("one", disposition: .create), by: TestNode.owner)
        // The second writer passed the first check before the first one committed; its body makes room for
        // that.
        let racing = RacingStream(Array("two".utf8)) {
            _ = try? await world.node.remove(path, conditions: Conditions(), by: TestNode.owner)
            _ = try? await world.node.writeFile(
                path, upload("three", disposition: .create), by: TestNode.owner)
        }
        _ = try await world.node.remove(path, conditions: Conditions(), by: TestNode.owner)
        await #expect(throws: Failure.self) {
            try await world.node.writeFile(
                path, FileUpload(disposition: .create, length: 3, body: racing), by: TestNode.owner)
        }
        let opened = try await world.node.openFile(path, conditions: Conditions(), by: TestNode.owner)
        let content = try #require(opened.content)
        let stream = try await world.node.read(content, range: 0..<content.size)
        #expect(String(decoding: try await collect(stream), as: UTF8.self) == "three")
        try await world.settle()
        #expect(try await world.contents.list(after: nil, limit: 10).count == 1)
    }

    @Test("A writer whose token was overtaken while its lease held takes a higher one and writes")
    func overtaken() async throws {
        let world = TestNode()
        let path = try FilePath(parsing: "/f")
        // It waits for the name, which is not there yet; the other creates the file and then waits for the
        // inode.
        let racing = RacingStream(Array("last".utf8)) {
            let far = FencingToken(1 << 60)
            _ = try? await world.node.writeFile(path, upload("first"), by: TestNode.owner)
            guard let inode = try? await world.metadata.resolve(path, content: .none).target else { return }
            _ = try? await world.metadata.commit(
                Changeset(
                    id: ChangesetID(world.node.dependencies.entropy.identifier(at: .epoch)),
                    mutations: [.raiseFence(inode.id, far)]))
        }
        let written = try await world.node.writeFile(
            path, FileUpload(disposition: .createOrReplace, length: 4, body: racing), by: TestNode.owner)
        #expect(!written.isNew)
        let opened = try await world.node.openFile(path, conditions: Conditions(), by: TestNode.owner)
        #expect(opened.content?.inlineBytes == Array("last".utf8))
        #expect(opened.state.inode.fence > FencingToken(1 << 60))
    }

    @Test("A write is in time although the store's clock is far ahead of the node's")
    func clockBehind() async throws {
        let world = TestNode()
        world.time.jumpWall(by: .seconds(3 * 86_400))
        _ = try await world.node.writeFile(FilePath(parsing: "/a"), upload("x"), by: TestNode.owner)
        world.time.jumpWall(by: .seconds(-3 * 86_400))
        _ = try await world.node.writeFile(FilePath(parsing: "/b"), upload("x"), by: TestNode.owner)
    }

    @Test("A tree too large for one transaction goes in steps, and its condition is judged once")
    func largeTree() async throws {
        let world = TestNode(treeDirectoriesMax: 3)
        for index in 0..<12 {
            _ = try await world.node.writeFile(
                FilePath(parsing: "/t/\(index % 4)/\(index)/f"), upload("x"), by: TestNode.owner)
        }
        let path = try FilePath(parsing: "/t")
        let found = try await world.node.inspect(path, conditions: Conditions(), by: TestNode.owner)
        let conditions = Conditions(ifMatch: .tags([found.state.tag]))
        try await world.node.removeTree(path, conditions: conditions, by: TestNode.owner)
        #expect(try await world.metadata.resolve(path, content: .none).target == nil)
        #expect(try await world.metadata.check(limit: 10).isEmpty)
    }

    @Test("A full metadata store changes nothing and leaves no bytes behind")
    func full() async throws {
        let (world, metadata) = try faulty(settings)
        let path = try FilePath(parsing: "/f")
        metadata.inject(.full)
        await #expect(throws: Failure.insufficientStorage) {
            try await world.node.writeFile(path, upload("x"), by: TestNode.owner)
        }
        #expect(try await world.contents.list(after: nil, limit: 10).isEmpty)
        _ = try await world.node.writeFile(path, upload("x"), by: TestNode.owner)
    }

    @Test("A body that breaks off changes nothing and leaves no bytes behind", arguments: [0, 16])
    func truncated(inlineMax: Int) async throws {
        var settings = NodeSettings()
        settings.inlineBytesMax = inlineMax
        let world = TestNode(settings: settings)
        let path = try FilePath(parsing: "/f")
        await #expect(throws: Failure.body(.truncated)) {
            try await world.node.writeFile(
                path, FileUpload(disposition: .create, length: 10, body: BrokenStream(Array("short".utf8))),
                by: TestNode.owner)
        }
        #expect(try await world.contents.list(after: nil, limit: 10).isEmpty)
        #expect(try await world.metadata.resolve(path, content: .none).target == nil)
    }

    @Test("A body sent in pieces of any size is stored the same", arguments: [1, 7, 15, 16, 17, 40])
    func pieces(size: Int) async throws {
        var settings = NodeSettings()
        settings.inlineBytesMax = 16
        let world = TestNode(settings: settings)
        for length in [0, 1, 15, 16, 17, 33, 100] {
            let path = try FilePath(parsing: "/f\(length)")
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
            for announced in [UInt64(length), nil] {
                _ = try await world.node.writeFile(
                    path,
                    FileUpload(
                        disposition: .createOrReplace, length: announced,
                        body: PiecewiseStream(bytes, size: size)),
                    by: TestNode.owner)
                let opened = try await world.node.openFile(path, conditions: Conditions(), by: TestNode.owner)
                #expect(opened.state.inode.size == UInt64(length))
                guard let content = opened.content else {
                    #expect(length == 0)
                    continue
                }
                let stream = try await world.node.read(content, range: 0..<content.size)
                #expect(try await collect(stream) == bytes)
                #expect((content.inlineBytes != nil) == (length <= 16))
            }
        }
    }
}

/// Does something in the middle of being read.
final class RacingStream: ByteStream {
    private let bytes: BytesStream
    private var interruption: (() async -> Void)?

    init(_ bytes: [UInt8], interruption: @escaping () async -> Void) {
        self.bytes = BytesStream(bytes)
        self.interruption = interruption
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let interruption {
            self.interruption = nil
            await interruption()
        }
        return try await bytes.read(into: buffer)
    }
}

/// Ends with an error instead of its end.
final class BrokenStream: ByteStream {
    private let bytes: BytesStream

    init(_ bytes: [UInt8]) { self.bytes = BytesStream(bytes) }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = try await bytes.read(into: buffer)
        if count == 0 { throw .truncated }
        return count
    }
}

/// Gives its bytes a few at a time.
final class PiecewiseStream: ByteStream {
    private let bytes: [UInt8]
    private let size: Int
    private var position = 0

    init(_ bytes: [UInt8], size: Int) {
        self.bytes = bytes
        self.size = size
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = min(size, bytes.count - position, buffer.writableCount)
        bytes.withUnsafeBytes { all in
            _ = buffer.append(UnsafeRawBufferPointer(rebasing: all[position..<position + count]))
        }
        position += count
        return count
    }
}
