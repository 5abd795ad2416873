import API
import Domain
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Keys and users that change while the server runs")
struct AccessReplacementTests {
    private func identities(_ keys: [String: Principal], name: String) -> Identities {
        let hash = TestKeyedHash()
        var principals: [Identities.KeyDigest: Principal] = [:]
        for (key, principal) in keys {
            let digest = Array(key.utf8).withUnsafeBytes { hash.sha256($0) }
            principals[Identities.KeyDigest(digest)] = principal
        }
        return Identities(principals: principals, userNames: [TestNode.owner.user: name])
    }

    @Test("A removed key is refused from the next request on, a new one is taken, and names follow")
    func replacement() async throws {
        let client = TestClient()
        #expect(try await client.send("PUT", "/v1/files/f", body: "x").status == 201)
        #expect(try await client.send("GET", "/v1/files/f").fields.only("x-callfs-owner") == "ada")
        let fresh = "fresh-key-0123456789"
        client.handler.use(
            identities([fresh: TestNode.owner], name: "grace"),
            LinkSigner(secret: [1], previous: nil, hash: TestKeyedHash()),
            HandlerSettings(externalURL: "https://files.example"))
        #expect(try await client.send("GET", "/v1/files/f").status == 401)
        #expect(try await client.send("GET", "/v1/whoami", key: TestClient.otherKey).status == 401)
        let answer = try await client.send("GET", "/v1/files/f", key: fresh)
        #expect(answer.status == 200)
        #expect(answer.fields.only("x-callfs-owner") == "grace")
    }

    // Proves: key-length
    @Test("A key that is too short is nobody's, although its digest is configured")
    func shortKey() async throws {
        let client = TestClient()
        let (short, enough) = ("fifteen-bytes-x", "sixteen-bytes-xx")
        client.handler.use(
            identities([short: TestNode.owner, enough: TestNode.owner], name: "ada"),
            LinkSigner(secret: [1], previous: nil, hash: TestKeyedHash()),
            HandlerSettings(externalURL: "https://files.example"))
        let refused = try await client.send("GET", "/v1/whoami", key: short)
        #expect(refused.status == 401 && refused.text.contains("AUTHENTICATION_FAILED"))
        #expect(try await client.send("GET", "/v1/whoami", key: enough).status == 200)
    }

    @Test("Requests of one connection are each by whom they say, and a removed key ends there too")
    func oneConnection() async throws {
        let client = TestClient()
        let connection = HTTPConnectionNotes()
        func name(_ key: String?) async throws -> String? {
            let answer = try await client.send("GET", "/v1/whoami", key: key, connection: connection)
            guard answer.status == 200 else { return nil }
            return answer.text.contains("\"\(TestNode.owner.name)\"") ? "owner" : "other"
        }
        let longer = TestClient.key + "0"
        for _ in 0..<3 {
            for key in [TestClient.key, TestClient.key, nil, TestClient.otherKey, longer, TestClient.key] {
                let expected = [TestClient.key: "owner", TestClient.otherKey: "other"][key ?? ""]
                #expect(try await name(key) == expected)
            }
        }
        client.handler.use(
            identities([TestClient.otherKey: TestNode.other], name: "grace"),
            LinkSigner(secret: [1], previous: nil, hash: TestKeyedHash()),
            HandlerSettings(externalURL: "https://files.example"))
        #expect(try await name(TestClient.key) == nil)
        #expect(try await name(TestClient.otherKey) == "other")
    }
}
