import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import Synchronization
import TestSupport
import Testing

@Suite("The coherent cache of resolutions")
struct CoherentMetadataTests {
    /// Counts the resolves that reach it, and can hold one back until it is told.
    private final class Watched: MetadataStore {
        let store: any MetadataStore
        private let resolves = Mutex(0)
        let afterResolve: Mutex<(@Sendable () async -> Void)?> = Mutex(nil)
        /// Set: the next commit is reported as ambiguous and happens only when the test carries it out.
        let postponesCommit = Mutex(false)
        let postponed = Mutex<Changeset?>(nil)

        init(_ store: any MetadataStore) { self.store = store }

        var resolveCount: Int { resolves.withLock { $0 } }

        func resolve(
            _ path: FilePath, content: ContentDetail, following: LinkFollowing
        ) async throws(MetadataError) -> Resolution {
            resolves.withLock { $0 += 1 }
            let answer = try await store.resolve(path, content: content, following: following)
            let hook = afterResolve.withLock { hook in
                defer { hook = nil }
                return hook
            }
            await hook?()
            return answer
        }

        func list(
            _ directory: Resolution, after name: FileName?, limit: Int
        ) async throws(MetadataError) -> DirectoryPage? {
            try await store.list(directory, after: name, limit: limit)
        }

        func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
            let isPostponed = postponesCommit.withLock { postpones in
                defer { postpones = false }
                return postpones
            }
            if isPostponed {
                postponed.withLock { $0 = changeset }
                throw .ambiguous
            }
            return try await store.commit(changeset)
        }

        func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
            try await store.resolveOutcome(of: changeset)
        }
    }

    private let world: TestNode
    private let watched: Watched
    private let cache: CoherentMetadata

    init() throws {
        world = TestNode()
        watched = Watched(world.metadata)
        cache = CoherentMetadata(watched, time: world.time, entriesMax: 4, bytesMax: 100)
    }

    private func put(_ text: String, _ path: String) async throws {
        _ = try await Node(world.node.dependencies.replacing(metadata: cache)).writeFile(
            FilePath(parsing: path),
            FileUpload(
                disposition: .createOrReplace, length: UInt64(text.utf8.count),
                body: BytesStream(Array(text.utf8))),
            by: TestNode.owner)
    }

    private func text(_ path: String) async throws -> String? {
        let answer = try await cache.resolve(FilePath(parsing: path), content: .inlineBytes)
        return answer.content?.inlineBytes.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("An answer is remembered until the next commit")
    func remembers() async throws {
        try await put("one", "/f")
        #expect(try await text("/f") == "one")
        let before = watched.resolveCount
        #expect(try await text("/f") == "one")
        #expect(watched.resolveCount == before)
        try await put("two", "/f")
        #expect(try await text("/f") == "two")
    }

    @Test("A remembered answer has the time of now, so that what is planned on it is in time")
    func time() async throws {
        try await put("one", "/f")
        let first = try await cache.resolve(FilePath(parsing: "/f"), content: .reference)
        world.time.advance(by: .seconds(60))
        let second = try await cache.resolve(FilePath(parsing: "/f"), content: .reference)
        #expect(second.time == first.time + .seconds(60))
        try await put("two", "/f")
        #expect(try await text("/f") == "two")
    }

    @Test("An answer that a commit overtook is not remembered")
    func overtaken() async throws {
        try await put("one", "/f")
        let store = world
        let cache = cache
        watched.afterResolve.withLock { hook in
            hook = {
                guard let path = try? FilePath(parsing: "/f") else { return }
                _ = try? await Node(store.node.dependencies.replacing(metadata: cache)).writeFile(
                    path,
                    FileUpload(
                        disposition: .createOrReplace, length: 3, body: BytesStream(Array("two".utf8))),
                    by: TestNode.owner)
            }
        }
        #expect(try await text("/f") == "one")
        #expect(try await text("/f") == "two")
    }

    @Test("The cache stays within its bounds")
    func bounds() async throws {
        for index in 0..<20 { try await put(String(repeating: "x", count: 40), "/f\(index)") }
        for index in 0..<20 { #expect(try await text("/f\(index)")?.utf8.count == 40) }
        let before = watched.resolveCount
        #expect(try await text("/f0") != nil)
        #expect(watched.resolveCount == before + 1)
    }

    @Test("A commit that happens after its caller gave up is seen by everybody")
    func late() async throws {
        try await put("one", "/f")
        // The caller never learns the outcome: the process was asked to hurry.
        let path = try FilePath(parsing: "/f")
        let resolution = try await cache.resolve(path, content: .none)
        var identifiers = Identifiers(entropy: world.node.dependencies.entropy)
        let plan = try RemoveEntry.plan(
            RemoveEntry.Request(), on: resolution, by: TestNode.owner, ids: &identifiers)
        watched.postponesCommit.withLock { $0 = true }
        await #expect(throws: MetadataError.ambiguous) { try await cache.commit(plan.changeset) }
        #expect(try await text("/f") == "one")
        let postponed = try #require(watched.postponed.withLock { $0 })
        _ = try await world.metadata.commit(postponed)
        #expect(try await cache.resolve(path, content: .none).target == nil)
        #expect(try await cache.resolve(path, content: .inlineBytes).target == nil)
        // Once the outcome is known, answers are remembered again.
        _ = try await cache.resolveOutcome(of: postponed.id)
        try await put("two", "/f")
        #expect(try await text("/f") == "two")
        let before = watched.resolveCount
        #expect(try await text("/f") == "two")
        #expect(watched.resolveCount == before)
    }

    private struct Identifiers: IdentifierSource {
        let entropy: any EntropySource

        mutating func next() -> Identifier { entropy.identifier(at: .epoch) }
    }
}
