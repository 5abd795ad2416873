import Domain
import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Digests over the API")
struct DigestAPITests {
    let client = TestClient()

    private func member(_ algorithm: DigestAlgorithm, _ text: String) -> String {
        let running = TestKeyedHash().startDigest(algorithm)
        Array(text.utf8).withUnsafeBytes { running.update($0) }
        return DigestField.member(algorithm, running.finish())
    }

    private static let large = String(repeating: "0123456789abcdef", count: 5_000)

    @Test("A body that is what its request says is stored, whatever its size", arguments: ["one", large])
    func verified(_ body: String) async throws {
        for (name, algorithm) in [("content-digest", DigestAlgorithm.sha512), ("repr-digest", .crc32c)] {
            let put = try await client.send(
                "PUT", "/v1/files/f", fields: [name: member(algorithm, body)], body: body)
            #expect([200, 201].contains(put.status))
            #expect(put.fields.only("repr-digest") == member(.sha256, body))
        }
        #expect(try await client.send("GET", "/v1/files/f").text == body)
    }

    @Test("A body that is something else is refused, and nothing of it stays", arguments: ["one", large])
    func mismatch(_ body: String) async throws {
        for algorithm in DigestAlgorithm.allCases {
            let both = member(.sha256, body) + ", " + member(algorithm, body + "!")
            for isChunked in [false, true] {
                let put = try await client.send(
                    "PUT", "/v1/files/f", fields: ["content-digest": both], body: body, isChunked: isChunked)
                #expect(put.status == 400)
                #expect(put.text.contains("DIGEST_MISMATCH"))
            }
        }
        #expect(try await client.send("GET", "/v1/files/f").status == 404)
        #expect(try await client.world.contents.list(after: nil, limit: 10).isEmpty)
    }

    @Test("A digest that cannot be checked is refused and the answer says which can")
    func unknown() async throws {
        for value in ["md5=:AAAA:", "sha-256=x", "sha-256=:AAAA:"] {
            let put = try await client.send(
                "PUT", "/v1/files/f", fields: ["content-digest": value], body: "one")
            #expect(put.status == 400)
            #expect(put.fields.only("want-content-digest") == DigestField.wanted)
        }
        let trailer = try await client.send(
            "PUT", "/v1/files/f", fields: ["trailer": "X, Content-Digest"], body: "one", isChunked: true)
        #expect(trailer.status == 400)
    }

    @Test("JSON bodies and empty ones are verified too")
    func otherBodies() async throws {
        let json = #"{"type":"directory"}"#
        func post(_ digest: String) async throws -> Int {
            try await client.send(
                "POST", "/v1/files/d", fields: ["content-type": "application/json", "repr-digest": digest],
                body: json
            ).status
        }
        #expect(try await post(member(.sha256, "{}")) == 400)
        #expect(try await post(member(.sha256, json)) == 201)
        for (digest, status) in [(member(.sha256, "x"), 400), (member(.sha256, ""), 201)] {
            let made = try await client.send("POST", "/v1/files/e/", fields: ["content-digest": digest])
            #expect(made.status == status)
        }
    }

    // Proves: digest-of-answers
    @Test("GET and HEAD say the digest of the whole file, in parts of it too", arguments: ["one", large, ""])
    func answers(_ body: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: body)
        for method in ["GET", "HEAD"] {
            let plain = try await client.send(method, "/v1/files/f")
            #expect(plain.fields.only("repr-digest") == member(.sha256, body))
            #expect(plain.fields.only("content-digest") == nil)
            for algorithm in DigestAlgorithm.allCases {
                let wanted = try await client.send(
                    method, "/v1/files/f", fields: ["want-repr-digest": "\(algorithm.rawValue)=5, md5=9"])
                #expect(wanted.fields.only("repr-digest") == member(algorithm, body))
            }
        }
        let whole = try await client.send(
            "GET", "/v1/files/f",
            fields: ["want-content-digest": "sha-512=1", "want-repr-digest": "sha-256=0"])
        #expect(whole.fields.only("content-digest") == member(.sha512, body))
        #expect(whole.fields.only("repr-digest") == nil)
        guard !body.isEmpty else { return }
        for range in ["bytes=1-1", "bytes=0-0,2-2"] {
            let part = try await client.send(
                "GET", "/v1/files/f", fields: ["range": range, "want-content-digest": "sha-256=1"])
            #expect(part.status == 206)
            #expect(part.fields.only("repr-digest") == member(.sha256, body))
            #expect(part.fields.only("content-digest") == nil)
        }
    }

    // Proves: digest-secret
    @Test("Who may look at a file but not read it is not told its digest")
    func hidden() async throws {
        _ = try await client.send("PUT", "/v1/files/f", fields: ["x-callfs-mode": "0600"], body: "secret")
        for wanted in [[:], ["want-repr-digest": "sha-512=1"]] {
            let head = try await client.send(
                "HEAD", "/v1/files/f", key: TestClient.otherKey, fields: wanted)
            #expect(head.status == 200)
            #expect(head.fields.only("repr-digest") == nil)
        }
        let own = try await client.send("HEAD", "/v1/files/f")
        #expect(own.fields.only("repr-digest") == member(.sha256, "secret"))
    }

    @Test("A wish that cannot be read is refused before anything is written")
    func malformedWish() async throws {
        for method in ["PUT", "GET"] {
            let answer = try await client.send(
                method, "/v1/files/f", fields: ["want-repr-digest": "sha-256=eleven"], body: "one")
            #expect(answer.status == (method == "PUT" ? 400 : 404))
        }
        #expect(try await client.send("HEAD", "/v1/files/f").status == 404)
    }

    // Proves: digest-of-changes
    @Test("Every answer to a change of a file carries its digest, and again when it is given again")
    func changes() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "one")
        let json = ["content-type": "application/json"]
        let requests: [(String, String, [String: String], String)] = [
            ("COPY", "/v1/files/f", ["destination": "/v1/files/g"], ""),
            ("POST", "/v1/files/h?copy_from=/f", [:], ""),
            ("POST", "/v1/files/l", json, #"{"type":"link","target":"/f"}"#),
            ("PATCH", "/v1/files/f", json, #"{"mode":"0600"}"#),
            ("PATCH", "/v1/files/f", json, #"{"name":"renamed"}"#),
        ]
        for (index, (method, target, fields, body)) in requests.enumerated() {
            let keyed = fields.merging(["idempotency-key": "k\(index)"]) { old, _ in old }
            for round in 0..<2 {
                let answer = try await client.send(method, target, fields: keyed, body: body)
                #expect(answer.fields.only("repr-digest") == member(.sha256, "one"), "\(method) \(target)")
                #expect((answer.fields.only("idempotency-replayed") == "true") == (round == 1))
            }
        }
        let wanting = json.merging(["want-repr-digest": "crc32c=1"]) { old, _ in old }
        let wanted = try await client.send("PATCH", "/v1/files/l", fields: wanting, body: #"{"mode":"0640"}"#)
        #expect(wanted.fields.only("repr-digest") == member(.crc32c, "one"))
        let unreadable = try await client.send(
            "PATCH", "/v1/files/l", fields: json, body: #"{"mode":"0200"}"#)
        #expect(unreadable.status == 200 && unreadable.fields.only("repr-digest") == nil)
        for (method, target, fields, body) in requests {
            let malformed = fields.merging(["want-repr-digest": "sha-256=eleven"]) { old, _ in old }
            #expect(try await client.send(method, target, fields: malformed, body: body).status == 400)
        }
        _ = try await client.send("POST", "/v1/files/d/")
        let directory = try await client.send("PATCH", "/v1/files/d", fields: json, body: #"{"mode":"0700"}"#)
        #expect(directory.status == 200 && directory.fields.only("repr-digest") == nil)
    }
}
