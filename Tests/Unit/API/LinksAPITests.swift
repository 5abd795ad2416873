import API
import Domain
import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Links over the API")
struct LinksAPITests {
    let client = TestClient()

    private static let body = "0123456789"

    /// The target of a fresh link to `/f`.
    private func link(to path: String = "/f", body: String = Self.body) async throws -> String {
        _ = try await client.send(
            "PUT", "/v1/files" + path, fields: ["content-type": "text/plain"], body: body)
        let answer = try await generate(#"{"path":"\#(path)","expiry_seconds":60}"#)
        #expect(answer.status == 201)
        let token = try #require(answer.text.split(separator: "\"").dropFirst(7).first)
        return "/download/" + token
    }

    private func generate(_ body: String, key: String? = TestClient.key) async throws -> TestClient.Answer {
        try await client.send("POST", "/v1/links/generate", key: key, body: body)
    }

    private func get(
        _ link: String, _ fields: [String: String] = [:], method: String = "GET"
    ) async throws -> TestClient.Answer {
        try await client.send(method, link, key: nil, fields: fields)
    }

    // Proves: link-made
    @Test("A link names its address, its token and its end")
    func made() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        for number in ["60", "60.0", "6e1", "0.6E+2"] {
            let answer = try await generate(#"{"path":"/f","expiry_seconds":\#(number)}"#)
            #expect(answer.text.hasPrefix(#"{"url":"https://files.example/download/"#))
            #expect(answer.text.contains(#""expires_at":"2026-01-01T00:01:00.000000"#))
            #expect(answer.fields.only("cache-control") == "no-store")
        }
    }

    // Proves: link-made
    @Test(
        "What asks for a link is checked",
        arguments: [
            (#"{"path":"/f"}"#, 400, "INVALID_REQUEST"), (#"{"expiry_seconds":1}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":0}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":86401}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":1.5}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":1.}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":6e-1}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":1e5}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":1e400}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":"60"}"#, 400, "INVALID_REQUEST"),
            (#"{"path":"/f","expiry_seconds":60,"uses":2}"#, 400, "INVALID_REQUEST"),
            (#"["/f"]"#, 400, "INVALID_REQUEST"), ("", 400, "INVALID_REQUEST"),
            (#"{"path":"/../f","expiry_seconds":60}"#, 400, "INVALID_PATH"),
            (#"{"path":"/d","expiry_seconds":60}"#, 400, "IS_A_DIRECTORY"),
            (#"{"path":"/missing","expiry_seconds":60}"#, 404, "FILE_NOT_FOUND"),
        ])
    func refused(body: String, status: Int, code: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        _ = try await client.send("POST", "/v1/files/d/")
        let answer = try await generate(body)
        #expect(answer.status == status && answer.text.contains("\"\(code)\""), "\(answer.text)")
    }

    @Test("A link is made with a key and fetched without, once")
    func once() async throws {
        #expect(try await generate(#"{"path":"/f","expiry_seconds":60}"#, key: nil).status == 401)
        let link = try await link()
        let first = try await get(link)
        #expect(first.status == 200 && first.text == Self.body)
        #expect(first.fields.only("content-type") == "text/plain")
        #expect(first.fields.only("cache-control") == "no-store")
        #expect(first.fields.only("x-robots-tag") == "noindex")
        #expect(first.fields.only("content-security-policy")?.hasPrefix("sandbox") == true)
        #expect(first.fields.only("x-callfs-mode") == nil)
        let second = try await get(link)
        #expect(second.status == 410 && second.text.contains("LINK_GONE"))
    }

    @Test("A condition that holds is as none, and HEAD says what it is about")
    func conditionHolds() async throws {
        for condition in ["if-match: tag", "if-match: *", "if-none-match: \"other\""] {
            let link = try await link()
            let tag = try #require(try await get(link, method: "HEAD").fields.only("etag"))
            let (name, value) = (condition.prefix { $0 != ":" }, condition.drop { $0 != " " }.dropFirst())
            let fields = [String(name): value == "tag" ? tag : String(value)]
            let first = try await get(link, fields)
            #expect(first.status == 200 && first.fields.only("etag") == tag, "\(condition)")
            #expect(try await get(link, fields).status == 410, "\(condition)")
        }
    }

    @Test("HEAD, conditions and prefetches answer and use nothing up")
    func harmless() async throws {
        let link = try await link()
        let tag = try #require(
            try await client.send("HEAD", "/v1/files/f").fields.only("etag"))
        for _ in 0..<3 {
            let head = try await get(link, method: "HEAD")
            #expect(head.status == 200 && head.announcedLength == 10)
            #expect(head.fields.only("etag") == tag)
            #expect(head.fields.only("set-cookie") == nil && head.fields.only("x-callfs-claim") == nil)
        }
        #expect(try await get(link, ["if-none-match": tag]).status == 304)
        #expect(try await get(link, ["if-match": "\"other\""]).status == 412)
        #expect(try await get(link, ["if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"]).status == 304)
        #expect(try await get(link, ["sec-purpose": "prefetch;prerender"]).status == 403)
        #expect(try await get(link, ["purpose": "prefetch"]).status == 403)
        #expect(try await get(link, ["range": "bytes=10-"]).status == 416)
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            #expect(try await get(link, method: method).status == 405)
        }
        #expect(try await get(link + "?x=1").status == 400)
        #expect(try await get(link).text == Self.body)
        #expect(try await get(link, method: "HEAD").status == 410)
    }

    @Test(
        "A first range claims the link; the claim fetches the rest, and the end of it is the end of the link")
    func ranges() async throws {
        let link = try await link()
        let first = try await get(link, ["range": "bytes=0-3"])
        #expect(first.status == 206 && first.text == "0123")
        #expect(first.fields.only("content-range") == "bytes 0-3/10")
        let claim = try #require(first.fields.only("x-callfs-claim"))
        let cookie = try #require(first.fields.only("set-cookie"))
        #expect(
            cookie
                == "callfs_claim=\(claim); Path=\(link); Max-Age=3600; HttpOnly; Secure; SameSite=Strict")
        #expect(try await get(link, ["range": "bytes=4-"]).status == 410)
        _ = try await client.send("PUT", "/v1/files/f", body: "something else")
        let head = try await get(link, ["x-callfs-claim": claim], method: "HEAD")
        #expect(head.status == 200 && head.announcedLength == 10)
        let second = try await get(link, ["range": "bytes=4-6", "cookie": "a=b; callfs_claim=\(claim)"])
        #expect(second.status == 206 && second.text == "456")
        #expect(second.fields.only("set-cookie") == nil)
        let tag = try #require(first.fields.only("etag"))
        let last = try await get(
            link, ["range": "bytes=7-", "if-range": tag, "x-callfs-claim": claim])
        #expect(last.status == 206 && last.text == "789")
        try await passGrace()
        #expect(try await get(link, ["x-callfs-claim": claim]).status == 410)
    }

    // Proves: link-resume
    @Test(
        "The cookie of a claim is for the address that the link was given out with",
        arguments: [("https://files.example:8443", ""), ("https://files.example/base/x", "/base/x")])
    func cookiePath(externalURL: String, base: String) async throws {
        let client = TestClient(handlerSettings: HandlerSettings(externalURL: externalURL))
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let made = try await client.send(
            "POST", "/v1/links/generate", body: #"{"path":"/f","expiry_seconds":60}"#)
        let token = try #require(made.text.split(separator: "\"").dropFirst(7).first)
        #expect(made.text.contains("\"\(externalURL)/download/\(token)\""))
        let answer = try await client.send("GET", "/download/" + token, key: nil)
        #expect(answer.fields.only("set-cookie")?.contains("; Path=\(base)/download/\(token); ") == true)
    }

    @Test("Several ranges come as one answer, and count as the end when they reach it")
    func multipleRanges() async throws {
        let link = try await link()
        let first = try await get(link, ["range": "bytes=0-1,4-5"])
        #expect(first.status == 206)
        #expect(first.fields.only("content-type")?.hasPrefix("multipart/byteranges") == true)
        let claim = try #require(first.fields.only("x-callfs-claim"))
        #expect(try await get(link, ["range": "bytes=0-0,9-9", "x-callfs-claim": claim]).status == 206)
        try await passGrace()
        #expect(try await get(link, ["x-callfs-claim": claim]).status == 410)
    }

    // Proves: link-digests
    @Test("A download says the digests that a read of the file says, as far as they are known")
    func digests() async throws {
        let sha256 = "sha-256=:" + Base64.encode(digest(Self.body)) + ":"
        let link = try await link()
        let head = try await get(link, ["want-content-digest": "sha-256=1"], method: "HEAD")
        // A HEAD has no content that could have a digest.
        #expect(head.fields.only("repr-digest") == sha256 && head.fields.only("content-digest") == nil)
        for (wanted, prefix) in [("crc32c=5", "crc32c=:"), ("sha-512=5, md5=9", "sha-512=:")] {
            let answer = try await get(link, ["want-repr-digest": wanted], method: "HEAD")
            #expect(answer.fields.only("repr-digest")?.hasPrefix(prefix) == true)
        }
        #expect(try await get(link, ["want-repr-digest": "sha-256=x"]).status == 400)
        let part = try await get(link, ["range": "bytes=0-1", "want-content-digest": "sha-256=1"])
        #expect(part.fields.only("repr-digest") == sha256 && part.fields.only("content-digest") == nil)
        let claim = try #require(part.fields.only("x-callfs-claim"))
        _ = try await client.send("DELETE", "/v1/files/f")
        let whole = try await get(
            link,
            ["x-callfs-claim": claim, "want-content-digest": "sha-256=1", "want-repr-digest": "sha-256=0"])
        #expect(whole.status == 200 && whole.fields.only("content-digest") == sha256)
        #expect(whole.fields.only("repr-digest") == nil)
    }

    @Test("Who has no key makes the server read nothing for a digest that was not stored")
    func digestsOfLargeFiles() async throws {
        let body = String(repeating: "0123456789abcdef", count: 5_000)
        let link = try await link(body: body)
        let answer = try await get(link, ["want-repr-digest": "sha-512=5"], method: "HEAD")
        #expect(answer.fields.only("repr-digest") == "sha-256=:" + Base64.encode(digest(body)) + ":")
    }

    private func digest(_ text: String) -> [UInt8] {
        Array(text.utf8).withUnsafeBytes { TestKeyedHash().sha256($0) }
    }

    // Proves: if-range
    @Test("The first fetch may ask for a range, which counts only for the representation that is meant")
    func firstRange() async throws {
        let (one, other) = (try await link(), try await link(to: "/other"))
        let tag = try #require(try await get(one, method: "HEAD").fields.only("etag"))
        let part = try await get(one, ["range": "bytes=4-", "if-range": tag])
        #expect(part.status == 206 && part.text == "456789")
        // Whoever has the beginning of something else gets the whole, and has used the link with it.
        let whole = try await get(other, ["range": "bytes=4-", "if-range": "\"old\""])
        #expect(whole.status == 200 && whole.text == Self.body)
        #expect(whole.fields.only("x-callfs-claim") != nil)
        #expect(try await get(other).status == 410)
    }

    @Test("An empty file is fetched once too")
    func empty() async throws {
        let link = try await link(to: "/empty", body: "")
        #expect(try await get(link, method: "HEAD").announcedLength == 0)
        let first = try await get(link)
        #expect(first.status == 200 && first.body.isEmpty)
        let claim = try #require(first.fields.only("x-callfs-claim"))
        #expect(try await get(link).status == 410)
        try await passGrace()
        #expect(try await get(link, ["x-callfs-claim": claim]).status == 410)
    }

    /// Until what was sent to its end is over.
    private func passGrace() async throws {
        _ = try await client.world.node.tendLinks()
        client.world.time.advance(by: Limits.linkFinishGrace + .seconds(1))
    }

    // Proves: link-ends
    @Test(
        "What is no token of this server is not found",
        arguments: ["/download", "/download/", "/download/x.y"])
    func unknown(target: String) async throws {
        let answer = try await get(target)
        #expect(answer.status == 404 && answer.text.contains("LINK_NOT_FOUND"))
        let forged = try await link().dropLast(1) + "_"
        let status = try await get(String(forged)).status
        #expect(status == 404)
    }

    // Proves: link-name
    @Test(
        "Any name is told in two ways that no client misreads",
        arguments: [
            ("plain.txt", "plain.txt", "plain.txt"), ("a b.txt", "a b.txt", "a%20b.txt"),
            ("naïve.txt", "na_ve.txt", "na%C3%AFve.txt"), ("q\"; x=\"y", "q_; x=_y", "q%22%3B%20x%3D%22y"),
            ("100%25.txt", "100_25.txt", "100%2525.txt"), ("it's(1)*", "it's(1)*", "it%27s%281%29%2A"),
        ])
    func names(name: String, fallback: String, extended: String) async throws {
        let path = "/" + PercentEncoding.encode(path: try FilePath(parsing: name)).dropFirst()
        _ = try await client.send("PUT", "/v1/files" + path, body: "x")
        let quoted = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        let made = try await generate(#"{"path":"/\#(quoted)","expiry_seconds":60}"#)
        let token = try #require(made.text.split(separator: "\"").dropFirst(7).first)
        let answer = try await get("/download/" + token, method: "HEAD")
        #expect(
            answer.fields.only("content-disposition")
                == "attachment; filename=\"\(fallback)\"; filename*=UTF-8''\(extended)")
    }

    @Test(
        "A transfer that broke leaves the claim, and one that an error replaced too", arguments: [200, 500])
    func broken(status: Int) async throws {
        let link = try await link()
        var fields = HTTPFields()
        fields.append("x-request-id", "r")
        let request = HTTPRequest(
            method: .get, target: link, fields: fields, contentLength: 0, body: BytesStream([]),
            remoteAddress: "127.0.0.1", isSecure: true)
        let response = await client.handler.respond(to: request)
        #expect(response.status == 200)
        client.handler.finished(
            request, status: status, bodyBytesSent: 3, outcome: status == 200 ? .aborted : .completed)
        let claim = try #require(response.fields.only("x-callfs-claim"))
        let rest = try await get(link, ["x-callfs-claim": claim, "range": "bytes=3-"])
        #expect(rest.status == 206 && rest.text == "3456789")
        #expect(try await get(link).status == 410)
    }

    @Test("Bytes that the kernel had and the client never got are sent again to the claimant")
    func lostInBuffers() async throws {
        let link = try await link()
        let first = try await get(link)
        #expect(first.status == 200 && first.text == "0123456789")
        let claim = try #require(first.fields.only("x-callfs-claim"))
        _ = try await client.world.node.tendLinks()
        let rest = try await get(link, ["x-callfs-claim": claim, "range": "bytes=4-"])
        #expect(rest.status == 206 && rest.text == "456789")
        #expect(try await get(link).status == 410)
    }
}
