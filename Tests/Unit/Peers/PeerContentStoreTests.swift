import Domain
import HostSystem
import Memory
import NodeSupport
import Peers
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Contents on another node")
struct PeerContentStoreTests {
    /// The way from the first node to the store of the second.
    private static func store(
        of cluster: TestCluster, secret: [UInt8] = TestCluster.secret,
        through transport: (any HTTPTransport)? = nil
    ) async throws -> PeerContentStore {
        let (one, two) = (cluster[1], cluster[2])
        let membership = try #require(one.node.dependencies.cluster?.membership)
        let hash = one.node.dependencies.hash
        return PeerContentStore(
            id: two.store.id,
            line: PeerLine(
                from: one.instance, to: two.instance, at: two.origin,
                in: try await cluster.metadata.deployment(), transport: transport ?? cluster.transport,
                keys: PeerKeys(secret: secret, hash: hash), hash: hash, entropy: SeededEntropy(seed: 99),
                patience: HTTPPatience(connect: .seconds(1), answer: .seconds(1), idle: .seconds(1)),
                log: SilentEventLog(), storeTime: { membership.storeTime() }))
    }

    private static func cluster() async throws -> TestCluster {
        let cluster = TestCluster(2)
        try await cluster.start()
        return cluster
    }

    @Test(
        "The contract of content stores holds through the internal interface",
        arguments: ContentStoreContract.Check.allCases)
    func contract(check: ContentStoreContract.Check) async throws {
        let contract = ContentStoreContract(isBounded: true) {
            let cluster = TestCluster(
                2, capacityBytes: ContentStoreContract.capacityBytes, hash: OpenSSLKeyedHash())
            try await cluster.start()
            return try await Self.store(of: cluster)
        }
        try await contract.run(check)
    }

    @Test("A node that nobody reaches is unavailable, whatever is asked of it")
    func unreachable() async throws {
        let cluster = try await Self.cluster()
        let store = try await Self.store(of: cluster)
        cluster.cut(2)
        await #expect(throws: ContentError.unavailable) { try await store.put(location(1), [1]) }
        await #expect(throws: ContentError.unavailable) {
            try await store.read(location(1), size: 1, range: 0..<1)
        }
        await #expect(throws: ContentError.unavailable) { try await store.size(of: location(1)) }
        await #expect(throws: ContentError.unavailable) { try await store.delete(location(1)) }
        await #expect(throws: ContentError.unavailable) { try await store.list(after: nil, limit: 1) }
        #expect(await store.probe().isAvailable == false)
    }

    @Test("A node with another secret gets nothing and changes nothing")
    func otherSecret() async throws {
        let cluster = try await Self.cluster()
        let store = try await Self.store(of: cluster, secret: Array("another secret, as long".utf8))
        try await cluster[2].store.put(location(1), [1])
        await #expect(throws: ContentError.unavailable) { try await store.put(location(2), [1]) }
        await #expect(throws: ContentError.unavailable) { try await store.delete(location(1)) }
        await #expect(throws: ContentError.unavailable) {
            try await store.read(location(1), size: 1, range: 0..<1)
        }
        #expect(try await cluster[2].store.list(after: nil, limit: 9).map(\.id) == [location(1)])
    }

    @Test("What was changed on the way back is never handed on whole", arguments: [0, 1, 299_999, 600_000])
    func brokenReads(place: Int) async throws {
        let cluster = try await Self.cluster()
        let bytes = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        try await cluster[2].store.put(location(1), bytes)
        let store = try await Self.store(
            of: cluster, through: TamperingTransport(cluster.transport, changingByteAt: place))
        let stream = try await store.read(location(1), size: 600_000, range: 0..<600_000)
        var received = 0
        let buffer = ByteBuffer(capacity: 100_000)
        await #expect(throws: ByteStreamError.corrupt) {
            while true {
                let count = try await stream.read(into: buffer)
                guard count > 0 else { return }
                received += count
                buffer.clear()
            }
        }
        #expect(received < 600_000)
    }

    @Test("What breaks off is an error and never a short content", arguments: [0, 1, 600_000, 600_003])
    func truncatedReads(place: Int) async throws {
        let cluster = try await Self.cluster()
        try await cluster[2].store.put(location(1), [UInt8](repeating: 7, count: 600_000))
        let store = try await Self.store(
            of: cluster, through: TamperingTransport(cluster.transport, cuttingAt: place))
        let stream = try await store.read(location(1), size: 600_000, range: 0..<600_000)
        await #expect(throws: ByteStreamError.truncated) { try await stream.collect() }
    }

    @Test("A write that arrived otherwise than it was sent is undone and fails")
    func brokenWrites() async throws {
        let cluster = try await Self.cluster()
        let store = try await Self.store(
            of: cluster, through: TamperingTransport(cluster.transport, changingByteSentAt: 10))
        await #expect(throws: ContentError.unavailable) {
            try await store.put(location(1), [UInt8](repeating: 7, count: 100))
        }
        #expect(try await cluster[2].store.size(of: location(1)) == nil)
    }

    @Test("A node deletes nothing for others that the metadata refers to")
    func publishedStays() async throws {
        let cluster = try await Self.cluster()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2]).status == 201)
        let object = try #require(try await cluster[2].store.list(after: nil, limit: 1).first)
        let store = try await Self.store(of: cluster)
        await #expect(throws: ContentError.self) { try await store.delete(object.id) }
        #expect(try await cluster[2].store.size(of: object.id) == 2)
    }
}

/// A transport that does not bring everything as it was sent.
final class TamperingTransport: HTTPTransport {
    private let transport: any HTTPTransport
    private let changedByte: Int?
    private let end: Int?
    private let changedByteSent: Int?

    init(
        _ transport: any HTTPTransport, changingByteAt changedByte: Int? = nil, cuttingAt end: Int? = nil,
        changingByteSentAt changedByteSent: Int? = nil
    ) {
        self.transport = transport
        self.changedByte = changedByte
        self.end = end
        self.changedByteSent = changedByteSent
    }

    func send(_ request: HTTPClientRequest) async throws(HTTPTransportError) -> HTTPClientResponse {
        var request = request
        if let place = changedByteSent, case .stream(let body, let length) = request.body {
            request.body = .stream(TamperedBody(body, changing: place, end: nil), length: length)
        }
        var response = try await transport.send(request)
        if changedByte != nil || end != nil {
            response.body = TamperedBody(response.body, changing: changedByte, end: end)
        }
        return response
    }
}

private final class TamperedBody: ByteStream {
    private let body: any ByteStream
    private let changed: Int?
    private let end: Int?
    private var position = 0

    init(_ body: any ByteStream, changing changed: Int?, end: Int?) {
        self.body = body
        self.changed = changed
        self.end = end
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let room = min(buffer.writableCount, end.map { $0 - position } ?? .max)
        guard room > 0 else { throw .truncated }
        let own = ByteBuffer(capacity: room)
        let count = try await body.read(into: own)
        var bytes = Array(own.readable)
        if let changed, (position..<position + count).contains(changed) { bytes[changed - position] ^= 0x40 }
        bytes.withUnsafeBytes { _ = buffer.append($0) }
        position += count
        return count
    }

    func close() { body.close() }
}
