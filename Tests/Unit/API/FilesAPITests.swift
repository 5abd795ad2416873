import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Files over the API")
struct FilesAPITests {
    let client = TestClient()

    @Test("A file comes back as it was put, with its attributes")
    func putAndGet() async throws {
        let put = try await client.send(
            "PUT", "/v1/files/a/b.txt", fields: ["content-type": "text/plain"], body: "hello")
        #expect(put.status == 201)
        #expect(put.fields.only("location") == "/v1/files/a/b.txt")
        let get = try await client.send("GET", "/v1/files/a/b.txt")
        #expect(get.status == 200)
        #expect(get.text == "hello")
        #expect(get.fields.only("content-type") == "text/plain")
        #expect(get.fields.only("etag") == put.fields.only("etag"))
        #expect(get.fields.only("x-callfs-mode") == "0644")
        #expect(get.fields.only("x-callfs-uid") == "1000")
        #expect(get.fields.only("x-callfs-owner") == "ada")
        #expect(get.fields.only("x-callfs-size") == "5")
        #expect(get.fields.only("x-callfs-type") == "file")
    }

    // Proves: put-keeps
    @Test("PUT of a file that is there replaces it, keeping its mode, and changes its tag")
    func replace() async throws {
        let first = try await client.send(
            "PUT", "/v1/files/f", fields: ["x-callfs-mode": "0600"], body: "one")
        let second = try await client.send(
            "PUT", "/v1/files/f", fields: ["x-callfs-mode": "0666"], body: "two")
        #expect(first.status == 201)
        #expect(second.status == 200)
        #expect(second.fields.only("etag") != first.fields.only("etag"))
        let get = try await client.send("GET", "/v1/files/f")
        #expect(get.text == "two")
        #expect(get.fields.only("x-callfs-mode") == "0600")
    }

    @Test("A body above the inline bound goes to the content store and comes back", arguments: [false, true])
    func large(isChunked: Bool) async throws {
        let body = String(repeating: "0123456789abcdef", count: 5_000)
        let put = try await client.send("PUT", "/v1/files/big", body: body, isChunked: isChunked)
        #expect(put.status == 201)
        #expect(try await client.world.contents.list(after: nil, limit: 10).count == 1)
        #expect(try await client.send("GET", "/v1/files/big").text == body)
    }

    @Test("An empty file is a file")
    func empty() async throws {
        #expect(try await client.send("PUT", "/v1/files/e").status == 201)
        let get = try await client.send("GET", "/v1/files/e")
        #expect(get.status == 200)
        #expect(get.body.isEmpty)
        let head = try await client.send("HEAD", "/v1/files/e")
        #expect(head.announcedLength == 0)
    }

    // Proves: head-as-get
    @Test("HEAD says what GET would and sends no body")
    func head() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "hello")
        let head = try await client.send("HEAD", "/v1/files/f")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.announcedLength == 5)
        #expect(head.fields.only("x-callfs-instance-id") == "node-1")
        #expect(head.fields.only("x-callfs-backend-type") == "memory")
    }

    @Test("POST creates and never replaces; the conflict says what is there")
    func post() async throws {
        #expect(try await client.send("POST", "/v1/files/f", body: "one").status == 201)
        let second = try await client.send("POST", "/v1/files/f", body: "two")
        #expect(second.status == 409)
        #expect(second.text.contains("\"code\":\"FILE_ALREADY_EXISTS\""))
        #expect(second.text.contains("\"existing_path\":\"/f\""))
        #expect(second.text.contains("\"update_url\":\"/v1/files/f\""))
        #expect(try await client.send("GET", "/v1/files/f").text == "one")
    }

    // Proves: post-directory
    @Test("A trailing slash makes a directory, and only ?parents=true tolerates one that is there")
    func directories() async throws {
        #expect(try await client.send("POST", "/v1/files/d/e/").status == 201)
        #expect(try await client.send("POST", "/v1/files/d/e/").status == 409)
        #expect(try await client.send("POST", "/v1/files/d/e/?parents=true").status == 200)
        #expect(try await client.send("POST", "/v1/files/x/", body: "no").status == 400)
        #expect(try await client.send("PUT", "/v1/files/x/", body: "no").status == 400)
        #expect(try await client.send("PUT", "/v1/files/d", body: "no").status == 400)
    }

    @Test("A JSON descriptor says what to make, and an unknown member is refused by name")
    func descriptors() async throws {
        let json = ["content-type": "application/json"]
        let made = try await client.send(
            "POST", "/v1/files/d", fields: json, body: #"{"type":"directory","mode":"0700"}"#)
        #expect(made.status == 201)
        #expect(made.fields.only("x-callfs-mode") == "0700")
        #expect(
            try await client.send("POST", "/v1/files/f", fields: json, body: #"{"type":"file"}"#).status
                == 201)
        let wrong = try await client.send(
            "POST", "/v1/files/g", fields: json, body: #"{"type":"file","color":1}"#)
        #expect(wrong.status == 400)
        #expect(wrong.text.contains("color"))
        #expect(try await client.send("POST", "/v1/files/g", fields: json, body: "{").status == 400)
        #expect(
            try await client.send("POST", "/v1/files/g", fields: json, body: #"{"type":"pipe"}"#).status
                == 400)
    }

    @Test("DELETE removes files and empty directories; a full one needs ?recursive=true")
    func delete() async throws {
        _ = try await client.send("PUT", "/v1/files/d/f", body: "x")
        let refused = try await client.send("DELETE", "/v1/files/d")
        #expect(refused.status == 409)
        #expect(refused.text.contains("DIRECTORY_NOT_EMPTY"))
        #expect(try await client.send("DELETE", "/v1/files/d/f").status == 204)
        #expect(try await client.send("DELETE", "/v1/files/d").status == 204)
        #expect(try await client.send("GET", "/v1/files/d").status == 404)
        _ = try await client.send("PUT", "/v1/files/d/e/f", body: "x")
        #expect(try await client.send("DELETE", "/v1/files/d?recursive=true").status == 204)
        #expect(try await client.send("GET", "/v1/files/d/e/f").status == 404)
        #expect(try await client.send("DELETE", "/v1/files/").status == 400)
    }

    @Test("Another user may read what the bits allow and nothing else")
    func permissions() async throws {
        _ = try await client.send("PUT", "/v1/files/open", body: "x")
        _ = try await client.send("PUT", "/v1/files/closed", fields: ["x-callfs-mode": "0600"], body: "x")
        let other = TestClient.otherKey
        #expect(try await client.send("GET", "/v1/files/open", key: other).status == 200)
        let denied = try await client.send("GET", "/v1/files/closed", key: other)
        #expect(denied.status == 403)
        #expect(denied.text.contains("PERMISSION_DENIED"))
        #expect(try await client.send("PUT", "/v1/files/open", key: other, body: "y").status == 403)
        #expect(try await client.send("PUT", "/v1/files/new", key: other, body: "y").status == 403)
        #expect(try await client.send("DELETE", "/v1/files/open", key: other).status == 403)
        #expect(try await client.send("GET", "/v1/files/open").text == "x")
    }

    // Proves: body-limit
    @Test("A body above the bound is refused, announced or not, and nothing is stored")
    func bodyLimit() async throws {
        var settings = NodeSettings()
        settings.bodyBytesMax = 20_000
        let client = TestClient(settings: settings)
        let body = String(repeating: "x", count: 20_001)
        #expect(try await client.send("PUT", "/v1/files/f", body: body).status == 413)
        #expect(try await client.send("PUT", "/v1/files/f", body: body, isChunked: true).status == 413)
        #expect(try await client.send("GET", "/v1/files/f").status == 404)
        #expect(try await client.world.contents.list(after: nil, limit: 10).isEmpty)
        #expect(try await client.send("PUT", "/v1/files/f", body: String(body.dropLast())).status == 201)
    }

    @Test("A full store answers 507 and keeps the old content")
    func full() async throws {
        let client = TestClient(contentBytesMax: 50_000)
        let old = String(repeating: "o", count: 40_000)
        #expect(try await client.send("PUT", "/v1/files/f", body: old).status == 201)
        let refused = try await client.send("PUT", "/v1/files/f", body: String(repeating: "n", count: 40_000))
        #expect(refused.status == 507)
        #expect(try await client.send("GET", "/v1/files/f").text == old)
    }
}
