package import API
package import Domain
package import Memory
import Peers
package import Ports
package import Services
package import TestSupport

/// Several nodes over one metadata store, each with contents of its own, that reach each other through their
/// real internal interface, with clocks that a test holds and doors that it can close.
package final class TestCluster {
    /// One process of a node.
    package struct Member {
        package let instance: InstanceID
        package let origin: HTTPOrigin
        package let store: MemoryContentStore
        package let node: Node
        package let handler: CallFSHandler
    }

    package let time = ManualTime()
    package let metadata: MemoryMetadataStore
    package let transport = HandlerTransport()
    package private(set) var members: [Member] = []
    private let entropy: SeededEntropy
    private let settings: NodeSettings
    private let decorate: (MemoryMetadataStore) -> any MetadataStore
    private let locks: any LockService
    private let stores: [MemoryContentStore]
    private let hash: any KeyedHash

    package static let key = "owner-key-0123456789"
    package static let secret = Array("the secret of this deployment".utf8)

    /// `count` nodes by the names `node-1`, `node-2` ..., none of them joined yet. Nothing is inline, unless
    /// the settings say otherwise.
    package init(
        _ count: Int, settings: NodeSettings = TestCluster.nothingInline, capacityBytes: Int = 64 << 20,
        hash: any KeyedHash = TestKeyedHash(),
        lockService: (ManualTime) -> any LockService = { InProcessLockService(time: $0) },
        decorate: @escaping (MemoryMetadataStore) -> any MetadataStore = { $0 }
    ) {
        let entropy = SeededEntropy(seed: 1)
        self.entropy = entropy
        self.settings = settings
        self.hash = hash
        self.decorate = decorate
        locks = lockService(time)
        metadata = MemoryMetadataStore(
            time: time, entropy: entropy, owner: TestNode.owner.user, group: TestNode.owner.group)
        let now = time.wallNow()
        stores = (0..<count).map { _ in
            MemoryContentStore(id: StoreID(entropy.identifier(at: now)), capacityBytes: capacityBytes)
        }
    }

    package static var nothingInline: NodeSettings {
        var settings = NodeSettings()
        settings.inlineBytesMax = 0
        return settings
    }

    /// Makes all nodes and lets them join. Those that came first have heard of the others, unless told not to
    /// look.
    package func start(lookingAround: Bool = true) async throws {
        for number in 1...stores.count { members.append(try await launch(number)) }
        for number in 1...stores.count { try await join(number) }
        guard lookingAround else { return }
        for member in members { await member.node.dependencies.cluster?.membership.lookAround() }
    }

    package subscript(number: Int) -> Member { members[number - 1] }

    /// Another process of a node, over the same contents; it serves once it has joined.
    package func relaunch(_ number: Int) async throws { members[number - 1] = try await launch(number) }

    package func join(_ number: Int) async throws {
        let member = self[number]
        try await member.node.join()
        transport.serve(member.origin, by: member.handler)
    }

    /// Nobody reaches the node any more.
    package func cut(_ number: Int) { transport.serve(self[number].origin, by: nil) }

    package func mend(_ number: Int) { transport.serve(self[number].origin, by: self[number].handler) }

    private func launch(_ number: Int) async throws -> Member {
        guard let instance = InstanceID("node-\(number)"),
            let origin = HTTPOrigin(parsing: "https://node-\(number):8443")
        else { preconditionFailure("the names are valid ones") }
        let store = stores[number - 1]
        let own = RegisteredStore(id: store.id, backend: "localfs", kind: .memory, instance: instance)
        _ = try await metadata.register(own)
        let contents = ContentStores(defaultStore: store.id, local: [store], registered: [own])
        let deployment = try await metadata.deployment()
        let membership = ClusterMembership(
            instance: instance, endpoint: origin, incarnation: entropy.identifier(at: time.wallNow()),
            registry: metadata, contents: contents, time: time, log: SilentEventLog())
        let keys = PeerKeys(secret: Self.secret, hash: hash)
        let cluster = Cluster(
            membership: membership,
            gate: PeerGate(keys: keys, deployment: deployment, membership: membership)
        ) { [transport, entropy, hash] store, owner, origin in
            PeerContentStore(
                id: store,
                line: PeerLine(
                    from: instance, to: owner, at: origin, in: deployment, transport: transport, keys: keys,
                    hash: hash, entropy: entropy,
                    patience: HTTPPatience(connect: .seconds(2), answer: .seconds(10), idle: .seconds(30)),
                    log: SilentEventLog(), storeTime: { membership.storeTime() }))
        }
        let node = Node(
            Dependencies(
                instance: instance, metadata: decorate(metadata), ledger: metadata, links: metadata,
                contents: contents, locks: locks, time: time, entropy: entropy, hash: hash,
                log: SilentEventLog(), settings: settings, cluster: cluster))
        return Member(
            instance: instance, origin: origin, store: store, node: node,
            handler: Self.handler(node, hash, time))
    }

    private static func handler(
        _ node: Node, _ hash: any KeyedHash, _ time: ManualTime
    ) -> CallFSHandler {
        let digest = Identities.KeyDigest(Array(key.utf8).withUnsafeBytes { hash.sha256($0) })
        return CallFSHandler(
            node: node,
            identities: Identities(
                principals: [digest: TestNode.owner], userNames: [TestNode.owner.user: "ada"]),
            linkSigner: LinkSigner(
                secret: Array("a secret of this test".utf8), previous: nil, hash: hash),
            limiter: RateLimiter(settings: .unlimited, time: time),
            settings: HandlerSettings(externalURL: "https://files.example"))
    }

    // MARK: Requests of clients

    package struct Answer {
        package let status: Int
        package let fields: HTTPFields
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
        package var instance: String? { fields.only("x-callfs-instance-id") }
    }

    /// Sends a request to a node as its owner, past the network.
    package func send(
        _ method: HTTPMethod, _ target: String, to number: Int, fields: [String: String] = [:],
        body: [UInt8] = [], stream: (any ByteStream)? = nil
    ) async throws -> Answer {
        var all = HTTPFields()
        all.append("authorization", "Bearer " + Self.key)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { all.append(name, value) }
        let request = HTTPRequest(
            method: method, target: target, fields: all,
            contentLength: stream == nil ? UInt64(body.count) : nil, body: stream ?? BytesStream(body),
            remoteAddress: "127.0.0.1", isSecure: true)
        let response = await self[number].handler.respond(to: request)
        let received: [UInt8]
        switch response.body {
        case .empty: received = []
        case .bytes(let bytes): received = bytes
        case .slice(let bytes, let range): received = Array(bytes[range])
        case .stream(let stream, _): received = try await collect(stream)
        }
        self[number].handler.finished(
            request, status: response.status, bodyBytesSent: UInt64(received.count), outcome: .completed)
        return Answer(status: response.status, fields: response.fields, body: received)
    }
}
