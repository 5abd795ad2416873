import API
import Domain
import Memory
import Ports
import SQLite
import Services
import TestSupport

/// A fresh CallFS, asked as a client asks it but for the sockets: routes, keys, JSON, header fields,
/// statuses.
package final class ServedFilesystem {
    package enum Store: String, Sendable, CaseIterable {
        case memory, sqlite
    }

    private let handler: CallFSHandler
    private let time = ManualTime()
    /// Closed when nobody asks any more.
    private let database: SQLiteMetadataStore?
    private let directory: TemporaryDirectory?

    init(_ store: Store) throws {
        let entropy = SeededEntropy()
        let owner = (user: UserID(Caller.ada.user), group: GroupID(Caller.ada.group))
        let metadata: any MetadataStore & ContentLedger & AnswerLedger & LinkStore
        switch store {
        case .memory:
            (database, directory) = (nil, nil)
            metadata = MemoryMetadataStore(
                time: time, entropy: entropy, owner: owner.user, group: owner.group)
        case .sqlite:
            let directory = TemporaryDirectory(inMemory: true)
            let database = try SQLiteMetadataStore(
                directory: directory.path, time: time, entropy: entropy, owner: owner.user,
                group: owner.group
            ) { preconditionFailure($0) }
            metadata = database
            (self.database, self.directory) = (database, directory)
        }
        let place = StoreID(entropy.identifier(at: time.wallNow()))
        guard let instance = InstanceID("node-1") else { preconditionFailure("the name is a valid one") }
        let node = Node(
            Dependencies(
                instance: instance, metadata: CoherentMetadata(metadata, time: time), ledger: metadata,
                links: metadata,
                contents: ContentStores(
                    defaultStore: place, local: [MemoryContentStore(id: place, capacityBytes: 1 << 30)],
                    registered: [
                        RegisteredStore(id: place, backend: "localfs", kind: .memory, instance: instance)
                    ]),
                locks: InProcessLockService(time: time), time: time, entropy: entropy, hash: TestKeyedHash(),
                log: SilentEventLog(), settings: NodeSettings()))
        handler = CallFSHandler(
            node: node, identities: Self.identities,
            linkSigner: LinkSigner(
                secret: Array("a secret of this test".utf8), previous: nil, hash: TestKeyedHash()),
            limiter: RateLimiter(settings: .unlimited, time: time),
            settings: HandlerSettings(externalURL: "https://files.example"))
    }

    deinit { database?.close() }

    private static var identities: Identities {
        let hash = TestKeyedHash()
        var principals: [Identities.KeyDigest: Principal] = [:]
        for caller in Caller.all {
            let digest = Array(caller.key.utf8).withUnsafeBytes { hash.sha256($0) }
            principals[Identities.KeyDigest(digest)] = Principal(
                name: caller.name, user: UserID(caller.user), group: GroupID(caller.group),
                supplementaryGroups: caller.groups.map { GroupID($0) })
        }
        return Identities(principals: principals)
    }

    /// What CallFS answers to the steps, one after the other.
    static func outcomes(of steps: [Step], in store: Store) async throws -> [Outcome] {
        let filesystem = try ServedFilesystem(store)
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(steps.count)
        for step in steps {
            filesystem.time.advance(by: .milliseconds(1))
            outcomes.append(try await filesystem.outcome(of: step))
        }
        return outcomes
    }

    /// An answer with its body read to the end.
    struct Answer {
        let status: Int
        let fields: HTTPFields
        let body: [UInt8]
    }

    func send(
        _ method: HTTPMethod, _ target: String, by caller: Caller, fields given: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> Answer {
        var fields = HTTPFields()
        fields.append("authorization", "Bearer " + caller.key)
        for (name, value) in given { fields.append(name, value) }
        let request = HTTPRequest(
            method: method, target: target, fields: fields, contentLength: UInt64(body.count),
            body: BytesStream(body), remoteAddress: "127.0.0.1", isSecure: true)
        let response = await handler.respond(to: request)
        let received: [UInt8]
        switch response.body {
        case .empty: received = []
        case .bytes(let bytes): received = bytes
        case .slice(let bytes, let range): received = Array(bytes[range])
        case .stream(let stream, _): received = try await Self.collect(stream)
        }
        return Answer(status: response.status, fields: response.fields, body: received)
    }

    private static func collect(_ stream: any ByteStream) async throws(ByteStreamError) -> [UInt8] {
        let buffer = ByteBuffer(capacity: 32 * 1024)
        var bytes: [UInt8] = []
        while try await stream.read(into: buffer) > 0 {
            bytes.append(contentsOf: buffer.readable)
            buffer.clear()
        }
        return bytes
    }
}
