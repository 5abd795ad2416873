import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Whose requests a node lets in")
struct PeerKeysTests {
    private static func request(_ cluster: TestCluster) async throws -> PeerRequest {
        let membership = try #require(cluster[1].node.dependencies.cluster?.membership)
        let now = membership.storeTime()
        return PeerRequest(
            method: "DELETE", target: PeerProtocol.target(of: location(1)), sender: cluster[1].instance,
            receiver: cluster[2].instance, deployment: try await cluster.metadata.deployment(),
            store: cluster[2].store.id, length: 0, sentAt: now, deadline: now + .seconds(5),
            nonce: Identifier(high: 1, low: 1))
    }

    private static func send(
        _ fields: HTTPFields, method: HTTPMethod = .delete,
        target: String = PeerProtocol.target(of: location(1)), body: [UInt8] = [], to cluster: TestCluster
    ) async throws -> (status: Int, problem: String?) {
        let response = try await cluster.transport.send(
            HTTPClientRequest(
                method: method, origin: cluster[2].origin, target: target, fields: fields,
                body: body.isEmpty ? .none : .bytes(body),
                patience: HTTPPatience(connect: .seconds(1), answer: .seconds(1), idle: .seconds(1))))
        response.body.close()
        return (response.status, response.fields.only(PeerProtocol.Field.problem))
    }

    private static func cluster() async throws -> TestCluster {
        let cluster = TestCluster(2)
        try await cluster.start()
        return cluster
    }

    private static let keys = PeerKeys(secret: TestCluster.secret, hash: TestKeyedHash())

    @Test("A signed request is done once; the same again is refused")
    func replay() async throws {
        let cluster = try await Self.cluster()
        let fields = PeerProtocol.fields(of: try await Self.request(cluster), by: Self.keys)
        #expect(try await Self.send(fields, to: cluster) == (204, nil))
        #expect(try await Self.send(fields, to: cluster) == (401, "repeated"))
    }

    @Test("A request whose field was changed, left out or doubled on the way is refused")
    func tamperedFields() async throws {
        let cluster = try await Self.cluster()
        let fields = PeerProtocol.fields(of: try await Self.request(cluster), by: Self.keys)
        for field in fields.all {
            for change in 0..<4 {
                var changed = HTTPFields()
                for other in fields.all {
                    guard other.name == field.name else {
                        changed.append(other.name, other.value)
                        continue
                    }
                    switch change {
                    case 0: break
                    case 1: changed.append(other.name, Self.altered(other.value))
                    case 2: changed.append(other.name, other.value + "0")
                    default:
                        changed.append(other.name, other.value)
                        changed.append(other.name, other.value)
                    }
                }
                let (status, problem) = try await Self.send(changed, to: cluster)
                #expect(status == 401, "\(field.name) \(change)")
                #expect(["malformed", "forged"].contains(problem), "\(field.name) \(change)")
            }
        }
        #expect(try await Self.send(fields, to: cluster) == (204, nil))
    }

    /// Another character of the same kind at the end.
    private static func altered(_ value: String) -> String {
        let last = value.last == "1" ? "2" : "1"
        return value.dropLast() + last
    }

    @Test("Another method, target, slice or length than the signed one is refused")
    func tamperedRequest() async throws {
        let cluster = try await Self.cluster()
        let fields = PeerProtocol.fields(of: try await Self.request(cluster), by: Self.keys)
        #expect(try await Self.send(fields, method: .head, to: cluster) == (401, "forged"))
        let other = PeerProtocol.target(of: location(2))
        #expect(try await Self.send(fields, target: other, to: cluster) == (401, "forged"))
        #expect(try await Self.send(fields, body: [1], to: cluster) == (401, "forged"))
        var sliced = fields
        sliced.append(PeerProtocol.Field.slice, "0-1/1")
        #expect(try await Self.send(sliced, to: cluster) == (401, "forged"))
        #expect(try await Self.send(fields, to: cluster) == (204, nil))
    }

    @Test("The secret before is accepted, any other is not")
    func secrets() async throws {
        let hash = TestKeyedHash()
        let cluster = try await Self.cluster()
        let request = try await Self.request(cluster)
        let old = PeerKeys(secret: Array("the old one".utf8), hash: hash)
        let both = PeerKeys(
            secret: Array("the new one".utf8), previous: Array("the old one".utf8), hash: hash)
        let new = PeerKeys(secret: Array("the new one".utf8), hash: hash)
        #expect(both.isGenuine(old.signature(of: request), of: request))
        #expect(both.isGenuine(both.signature(of: request), of: request))
        #expect(both.signature(of: request) == new.signature(of: request))
        #expect(!new.isGenuine(old.signature(of: request), of: request))
        #expect(!both.isGenuine([], of: request))
        #expect(!both.isGenuine(Array(new.signature(of: request).dropLast()), of: request))
        #expect(!both.isGenuine(new.signature(of: request) + [0], of: request))
    }

    @Test("A client's key opens nothing here, and a node that stands alone has no such route")
    func clients() async throws {
        let cluster = try await Self.cluster()
        let target = PeerProtocol.target(of: location(1))
        let answer = try await cluster.send(.get, target, to: 1)
        #expect(answer.status == 401)
        let options = try await cluster.send(.options, "*", to: 1)
        #expect(options.status == 204)
        let description = try await cluster.send(.get, "/openapi.json", to: 1)
        #expect(!description.text.contains("internal"))
    }

    @Test("A request that is late or from before the node's start is refused")
    func times() async throws {
        let cluster = try await Self.cluster()
        let request = try await Self.request(cluster)
        let fields = PeerProtocol.fields(of: request, by: Self.keys)
        cluster.time.advance(by: .seconds(6))
        #expect(try await Self.send(fields, to: cluster) == (401, "late"))
        cluster.time.advance(by: .seconds(60))
        #expect(try await Self.send(fields, to: cluster) == (401, "old"))
        try await cluster.relaunch(2)
        try await cluster.join(2)
        var early = request
        early.deadline = request.deadline + .seconds(3600)
        early.sentAt = cluster.time.wallNow() - .seconds(5)
        let before = PeerProtocol.fields(of: early, by: Self.keys)
        #expect(try await Self.send(before, to: cluster) == (401, "old"))
    }

    @Test("A jump of one node's time of day changes nothing: all go by the metadata store's")
    func clockJumps() async throws {
        let cluster = try await Self.cluster()
        let fields = PeerProtocol.fields(of: try await Self.request(cluster), by: Self.keys)
        cluster.time.jumpWall(by: .seconds(7200))
        #expect(try await Self.send(fields, to: cluster) == (204, nil))
    }
}
