import Domain
import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Idempotency keys over the API")
struct IdempotencyAPITests {
    let client = TestClient()

    private func send(
        _ method: String, _ path: String, key: String = "k", user: String = TestClient.key,
        fields: [String: String] = [:], body: String = "", isChunked: Bool = false
    ) async throws -> TestClient.Answer {
        let all = fields.merging(["idempotency-key": key]) { old, _ in old }
        return try await client.send(
            method, "/v1/files" + path, key: user, fields: all, body: body, isChunked: isChunked)
    }

    private func exists(_ path: String) async throws -> Bool {
        try await client.send("HEAD", "/v1/files" + path).status == 200
    }

    private func isReplayed(_ answer: TestClient.Answer) -> Bool {
        answer.fields.only("idempotency-replayed") == "true"
    }

    /// Everything that an answer says but for which request it answers.
    private func content(_ answer: TestClient.Answer) -> [String] {
        let passing: Set<String> = ["x-request-id", "idempotency-replayed"]
        return [String(answer.status), answer.text]
            + answer.fields.all.filter { !passing.contains($0.name) }.map { $0.name + ": " + $0.value }
    }

    @Test("A link that is made again under its key is made once", arguments: ["symlink", "link"])
    func links(_ type: String) async throws {
        #expect(try await client.send("PUT", "/v1/files/f", body: "x").status == 201)
        let body = #"{"type":"\#(type)","target":"/f"}"#
        let fields = ["content-type": "application/json"]
        let first = try await send("POST", "/to", fields: fields, body: body)
        #expect(first.status == 201)
        #expect(try await client.send("DELETE", "/v1/files/to").status == 204)
        let again = try await send("POST", "/to", fields: fields, body: body)
        #expect(isReplayed(again))
        #expect(content(again) == content(first))
        #expect(try await !exists("/to"))
    }

    private static let large = String(repeating: "0123456789abcdef", count: 5_000)

    @Test(
        "A write that comes again gets its first answer, and is not done again",
        arguments: ["", "one", large])
    func write(_ body: String) async throws {
        let fields = ["content-type": "text/plain", "x-callfs-meta-a": "1"]
        for method in ["POST", "PUT"] {
            let first = try await send(method, "/d/\(method)", key: method, fields: fields, body: body)
            #expect(first.status == 201)
            #expect(!isReplayed(first))
            // What would show a second effect: the file is gone, and another content is in its place.
            #expect(try await client.send("DELETE", "/v1/files/d/\(method)").status == 204)
            client.world.time.advance(by: .seconds(5))
            for isChunked in [false, true] {
                let again = try await send(
                    method, "/d/\(method)", key: method, fields: fields, body: body, isChunked: isChunked)
                #expect(isReplayed(again))
                #expect(content(again) == content(first))
            }
            #expect(try await !exists("/d/\(method)"))
        }
    }

    @Test("A replacement, a directory, a change, a move and a removal are done once, and answered alike")
    func otherEffects() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "old")
        let json = ["content-type": "application/json"]
        let requests: [(String, String, [String: String], String, Int)] = [
            ("PUT", "/f", [:], "new", 200),
            ("POST", "/dir/", [:], "", 201),
            ("POST", "/made", json, #"{"type":"directory"}"#, 201),
            ("POST", "/empty", json, #"{"type":"file"}"#, 201),
            ("PATCH", "/f", json, #"{"mode":"0600","metadata":{"a":"1"}}"#, 200),
            ("PATCH", "/f", json, #"{"destination":"/dir/g"}"#, 200),
            ("COPY", "/dir/g", ["destination": "/v1/files/dir/h"], "", 201),
            ("POST", "/copied?copy_from=/dir", [:], "", 201),
            ("DELETE", "/dir/g", [:], "", 204),
            ("DELETE", "/dir?recursive=true", [:], "", 204),
        ]
        for (index, (method, path, fields, body, status)) in requests.enumerated() {
            let first = try await send(method, path, key: "k\(index)", fields: fields, body: body)
            #expect(first.status == status, "\(method) \(path): \(first.text)")
            let again = try await send(method, path, key: "k\(index)", fields: fields, body: body)
            #expect(isReplayed(again))
            #expect(content(again) == content(first))
        }
    }

    @Test("A directory that is tolerated is answered alike, also after it is gone")
    func toleratedDirectory() async throws {
        _ = try await client.send("POST", "/v1/files/d/")
        let first = try await send("POST", "/d/?parents=true")
        #expect(first.status == 200)
        _ = try await client.send("DELETE", "/v1/files/d")
        let again = try await send("POST", "/d/?parents=true")
        #expect(content(again) == content(first))
        #expect(try await !exists("/d"))
    }

    @Test("A refusal that rests on the state is kept")
    func refusals() async throws {
        let missing = try await send("DELETE", "/f", key: "gone")
        #expect(missing.status == 404)
        _ = try await client.send("PUT", "/v1/files/f", body: "one")
        let exists = try await send("POST", "/f", key: "there", body: "two")
        #expect(exists.status == 409)
        let failed = try await send("PUT", "/f", key: "if", fields: ["if-match": "\"x\""], body: "two")
        #expect(failed.status == 412)
        let denied = try await send("DELETE", "/f", key: "gone", user: TestClient.otherKey)
        #expect(denied.status == 403)

        let again = try await send("DELETE", "/f", key: "gone")
        #expect(again.status == 404)
        #expect(isReplayed(again))
        _ = try await client.send("DELETE", "/v1/files/f")
        let existsAgain = try await send("POST", "/f", key: "there", body: "two")
        #expect(existsAgain.status == 409)
        #expect(existsAgain.text.contains("\"update_url\":\"/v1/files/f\""))
        #expect(isReplayed(existsAgain))
        #expect(
            try await send("PUT", "/f", key: "if", fields: ["if-match": "\"x\""], body: "two").status == 412)
        #expect(try await !self.exists("/f"))
    }

    @Test("A key is for one request: another body, target, method or field is refused and does nothing")
    func mismatch() async throws {
        #expect(try await send("PUT", "/f", body: "one").status == 201)
        let others = [
            try await send("PUT", "/f", body: "two"), try await send("PUT", "/g", body: "one"),
            try await send("POST", "/f", body: "one"), try await send("DELETE", "/f"),
            try await send("PUT", "/f", fields: ["x-callfs-mode": "0600"], body: "one"),
            try await send("PUT", "/f", fields: ["if-none-match": "*"], body: "one"),
        ]
        for answer in others {
            #expect(answer.status == 422)
            #expect(answer.text.contains("IDEMPOTENCY_MISMATCH"))
        }
        #expect(try await client.send("GET", "/v1/files/f").text == "one")
        #expect(try await !exists("/g"))
        let other = try await send("PUT", "/f", user: TestClient.otherKey, body: "two")
        #expect(other.status == 403)
    }

    @Test("A body that came damaged uses no key up")
    func damaged() async throws {
        let digest = "crc32c=:AAAAAA==:"
        #expect(try await send("PUT", "/f", fields: ["content-digest": digest], body: "one").status == 400)
        #expect(try await send("PUT", "/f", body: "one").status == 201)
    }

    @Test("What is no key is refused", arguments: ["", "a b", "\"a", String(repeating: "k", count: 256)])
    func malformed(_ key: String) async throws {
        #expect(try await send("PUT", "/f", key: key, body: "one").status == 400)
        #expect(try await !exists("/f"))
    }

    @Test("After a day the key may be used again")
    func expiry() async throws {
        #expect(try await send("PUT", "/f", body: "one").status == 201)
        client.world.time.advance(by: Limits.idempotencyKept + .seconds(1))
        let other = try await send("PUT", "/f", body: "two")
        #expect(other.status == 200)
        #expect(!isReplayed(other))
    }

    @Test("Of requests with one key at the same time one is done, and all are answered alike")
    func concurrent() async throws {
        let client = client
        let answers = await withTaskGroup(of: [Bool].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let answer = try? await client.send(
                        "POST", "/v1/files/f", fields: ["idempotency-key": "k"], body: "one")
                    return [
                        answer?.status == 201, answer?.fields.only("idempotency-replayed") == "true",
                    ]
                }
            }
            return await group.reduce(into: [[Bool]]()) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.first == true })
        #expect(answers.count { $0.last == true } == 7)
    }

    @Test(
        "Two writers who do not wait for each other: the commit of the second is refused, and nothing is left"
    )
    func withoutWaiting() async throws {
        let claim = IdempotencyClaim(key: IdempotencyKey(stored: "k", of: "ada"), head: [1])
        let path = try FilePath(parsing: "/f")
        func write(_ text: String) async throws(Failure) {
            var upload = FileUpload(
                disposition: .createOrReplace, length: nil, body: BytesStream(Array(text.utf8)))
            upload.claim = claim
            _ = try await client.world.node.writeFile(path, upload, by: TestNode.owner)
        }
        try await write(Self.large)
        await #expect(throws: Failure.self) { try await write(Self.large + "!") }
        #expect(try await client.send("GET", "/v1/files/f").text == Self.large)
        #expect(try await client.world.contents.list(after: nil, limit: 9).count == 1)
    }

    @Test("A link is made anew each time, so a key is refused and not passed over")
    func links() async throws {
        let answer = try await client.send(
            "POST", "/v1/links/generate", fields: ["idempotency-key": "k"], body: #"{"path":"/f"}"#)
        #expect(answer.status == 400)
        #expect(answer.text.contains("Idempotency-Key"))
    }
}
