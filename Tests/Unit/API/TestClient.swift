import API
import Domain
import NodeSupport
import Ports
import Services
import TestSupport

/// Talks to the API without a socket, as one principal.
struct TestClient {
    let world: TestNode
    let handler: CallFSHandler

    static let key = "owner-key-0123456789"
    static let otherKey = "other-key-0123456789"
    static let superuserKey = "super-key-0123456789"

    init(
        settings: NodeSettings = NodeSettings(), contentBytesMax: Int = 64 << 20,
        handlerSettings: HandlerSettings = HandlerSettings(externalURL: "https://files.example"),
        observation: Observation = Observation(), rateLimits: RateLimitSettings = .unlimited
    ) {
        world = TestNode(settings: settings, contentBytesMax: contentBytesMax)
        let hash = TestKeyedHash()
        func digest(_ key: String) -> Identities.KeyDigest {
            Identities.KeyDigest(Array(key.utf8).withUnsafeBytes { hash.sha256($0) })
        }
        handler = CallFSHandler(
            node: world.node,
            identities: Identities(
                principals: [
                    digest(Self.key): TestNode.owner, digest(Self.otherKey): TestNode.other,
                    digest(Self.superuserKey): TestNode.superuser,
                ],
                userNames: [TestNode.owner.user: "ada"], groupNames: [TestNode.owner.group: "crew"]),
            linkSigner: LinkSigner(
                secret: Array("a secret of this test".utf8), previous: nil, hash: hash),
            limiter: RateLimiter(settings: rateLimits, time: world.time), settings: handlerSettings,
            observation: observation)
    }

    /// An answer with its body read to the end.
    struct Answer {
        let status: Int
        let fields: HTTPFields
        let body: [UInt8]
        let announcedLength: UInt64?

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func send(
        _ method: String, _ target: String, key: String? = TestClient.key, fields: [String: String] = [:],
        body: String = "", isChunked: Bool = false, connection: HTTPConnectionNotes = HTTPConnectionNotes()
    ) async throws -> Answer {
        var all = HTTPFields()
        if let key { all.append("authorization", "Bearer " + key) }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { all.append(name, value) }
        let bytes = Array(body.utf8)
        let request = HTTPRequest(
            method: HTTPMethod(token: method), target: target, fields: all,
            contentLength: isChunked ? nil : UInt64(bytes.count), body: BytesStream(bytes),
            remoteAddress: "127.0.0.1",
            isSecure: true, connection: connection)
        let response = await handler.respond(to: request)
        DescribedAnswers.check(response, to: method, target)
        let received: [UInt8]
        switch response.body {
        case .empty: received = []
        case .bytes(let bytes): received = bytes
        case .slice(let bytes, let range): received = Array(bytes[range])
        case .stream(let stream, _): received = try await collect(stream)
        }
        handler.finished(
            request, status: response.status, bodyBytesSent: UInt64(received.count), outcome: .completed)
        return Answer(
            status: response.status, fields: WithheldItem.read(response.fields),
            body: WithheldItem.read(body: received),
            announcedLength: response.announcedLength)
    }
}
