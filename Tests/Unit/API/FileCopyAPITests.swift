import Domain
import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Copies over the API")
struct FileCopyAPITests {
    let client = TestClient()

    private func copy(
        _ path: String, to destination: String, key: String = TestClient.key, fields: [String: String] = [:]
    ) async throws -> TestClient.Answer {
        try await client.send(
            "COPY", "/v1/files" + path, key: key,
            fields: fields.merging(["destination": destination]) { given, _ in given })
    }

    private func put(_ path: String, _ body: String = "x", mode: String = "0644") async throws {
        let put = try await client.send(
            "PUT", "/v1/files" + path, fields: ["x-callfs-mode": mode, "content-type": "text/plain"],
            body: body)
        #expect(put.status < 300)
    }

    private func read(_ path: String) async throws -> String {
        let answer = try await client.send("GET", "/v1/files" + path)
        return answer.status == 200 ? answer.text : String(answer.status)
    }

    @Test("A copy of a file has its bytes and its type, shares them, and then goes its own way")
    func file() async throws {
        let large = String(repeating: "0123456789", count: 5_000)
        try await put("/f", large, mode: "0600")
        let answer = try await copy("/f", to: "/v1/files/new/g%20h")
        #expect(answer.status == 201)
        #expect(answer.fields.only("location") == "/v1/files/new/g%20h")
        #expect(answer.fields.only("x-callfs-mode") == "0600")
        let get = try await client.send("GET", "/v1/files/new/g%20h")
        #expect(get.text == large)
        #expect(get.fields.only("content-type") == "text/plain")
        #expect(get.fields.only("etag") == answer.fields.only("etag"))
        #expect(try await client.world.contents.list(after: nil, limit: 10).count == 1)
        try await put("/f", "changed")
        #expect(try await read("/new/g%20h") == large)
    }

    @Test("A whole directory is copied at once, and its answer is what it is then")
    func tree() async throws {
        for name in ["a", "b/c", "b/d/e", "b/empty/"] {
            if name.hasSuffix("/") {
                _ = try await client.send("POST", "/v1/files/tree/" + name)
            } else {
                try await put("/tree/" + name, name)
            }
        }
        let answer = try await copy("/tree", to: "/v1/files/there/copy/")
        #expect(answer.status == 201)
        #expect(answer.fields.only("location") == "/v1/files/there/copy/")
        for name in ["a", "b/c", "b/d/e"] { #expect(try await read("/there/copy/" + name) == name) }
        #expect(try await read("/there/copy/b/empty") == "[]")
        let head = try await client.send("HEAD", "/v1/files/there/copy")
        #expect(head.fields.only("etag") == answer.fields.only("etag").map { "W/" + $0 })
        try await put("/tree/a", "changed")
        #expect(try await read("/there/copy/a") == "a")
        #expect(try await client.world.metadata.check(limit: 10).isEmpty)
    }

    @Test("A copy belongs to who made it, with the bits of the original under the umask")
    func attributes() async throws {
        try await put("/d/f", mode: "0755")
        let chmod = try await client.send(
            "PATCH", "/v1/files/d/f", fields: ["content-type": "application/json"], body: #"{"mode":"6777"}"#)
        #expect(chmod.status == 200)
        let open = try await client.send("POST", "/v1/files/open/")
        #expect(open.status == 201)
        _ = try await client.send(
            "PATCH", "/v1/files/open", fields: ["content-type": "application/json"], body: #"{"mode":"1777"}"#
        )
        for (source, name) in [("/d/f", "file"), ("/d", "tree")] {
            let made = try await copy(source, to: "/v1/files/open/" + name, key: TestClient.otherKey)
            #expect(made.status == 201)
            #expect(made.fields.only("x-callfs-uid") == "1001")
            #expect(made.fields.only("x-callfs-mode") == "0755")
        }
        let inside = try await client.send("HEAD", "/v1/files/open/tree/f")
        #expect(inside.fields.only("x-callfs-mode") == "0755")
        #expect(inside.fields.only("x-callfs-uid") == "1001")
    }

    @Test("What is there is replaced only when told to, and a directory never")
    func overwrite() async throws {
        try await put("/f", "one")
        try await put("/g", "two")
        try await put("/d/f")
        let refused = try await copy("/f", to: "/v1/files/g")
        #expect(refused.status == 409)
        #expect(refused.text.contains("FILE_ALREADY_EXISTS"))
        let replaced = try await copy("/f", to: "/v1/files/g", fields: ["overwrite": "T"])
        #expect(replaced.status == 200)
        #expect(try await read("/g") == "one")
        #expect(try await copy("/f", to: "/v1/files/d", fields: ["overwrite": "T"]).status == 400)
        #expect(try await copy("/d", to: "/v1/files/g", fields: ["overwrite": "T"]).status == 409)
        _ = try await client.send("POST", "/v1/files/e/")
        #expect(try await copy("/d", to: "/v1/files/e", fields: ["overwrite": "T"]).status == 409)
        #expect(try await read("/e") == "[]")
    }

    @Test(
        "What cannot be copied is refused and leaves nothing",
        arguments: [
            ("/d", "/v1/files/d/below", 400), ("/d", "/v1/files/d", 400), ("/", "/v1/files/x", 400),
            ("/f", "/v1/files/f", 409), ("/none", "/v1/files/x", 404), ("/f/", "/v1/files/x", 409),
            ("/f", "/v1/files/x/", 409), ("/f", "/v1/files/g/x", 409), ("/f", "/v1/filesystem/x", 400),
            ("/f", "/x", 400), ("/f", "", 400), ("/f", "/v1/files/x?a=b", 400), ("/f", "/v1/files/x#a", 400),
            ("/f", "/v1/files/../x", 400), ("/f", "/v1/files/x%2Fy", 400),
            ("/f", "https://elsewhere/v1/files/x", 400), ("/f", "ftp://here/v1/files/x", 400),
        ])
    func refusals(path: String, destination: String, status: Int) async throws {
        try await put("/d/f")
        try await put("/f")
        try await put("/g")
        let answer = try await copy(path, to: destination, fields: ["host": "here:8443"])
        #expect(answer.status == status)
        let names = try await client.send("GET", "/v1/directories/?recursive=true")
        #expect(names.text.contains(#""count":4"#))
    }

    @Test(
        "A destination may be a whole URL of this server",
        arguments: ["https://here:8443", "HTTP://HERE:8443"])
    func absolute(prefix: String) async throws {
        try await put("/f")
        let answer = try await copy("/f", to: prefix + "/v1/files/g", fields: ["host": "here:8443"])
        #expect(answer.status == 201)
    }

    @Test("Everything that is copied must be readable, or nothing is copied, and the answer says what is not")
    func permissions() async throws {
        try await put("/d/open")
        try await put("/d/e/closed", mode: "0600")
        _ = try await client.send(
            "PATCH", "/v1/files/", fields: ["content-type": "application/json"], body: #"{"mode":"1777"}"#)
        let other = TestClient.otherKey
        let refused = try await copy("/d", to: "/v1/files/mine", key: other)
        #expect(refused.status == 403)
        #expect(refused.text.contains(#""decided_by":{"path":"/d/e/closed","right":"read","class":"other""#))
        #expect(try await read("/mine") == "404")
        #expect(try await copy("/d/e/closed", to: "/v1/files/mine", key: other).status == 403)
        #expect(try await copy("/d/open", to: "/v1/files/d/x", key: other).status == 403)
        #expect(try await copy("/d/open", to: "/v1/files/mine", key: other).status == 201)
    }

    @Test("POST with copy_from is the same the other way round")
    func copyFrom() async throws {
        try await put("/a%20b/f", "one")
        let post = "/v1/files/g?copy_from=/a%20b/f"
        #expect(try await client.send("POST", post).status == 201)
        #expect(try await read("/g") == "one")
        #expect(try await client.send("POST", post).status == 409)
        #expect(try await client.send("POST", post + "&overwrite=true").status == 200)
        #expect(try await client.send("POST", "/v1/files/t/?copy_from=%2Fa%20b").status == 201)
        #expect(try await read("/t/f") == "one")
        for query in ["copy_from=f", "copy_from=", "copy_from=/f&parents=true", "copy_from=/a/../b"] {
            #expect(try await client.send("POST", "/v1/files/h?" + query).status == 400)
        }
        #expect(try await client.send("POST", "/v1/files/h?copy_from=/g", body: "x").status == 400)
        #expect(try await client.send("PUT", "/v1/files/h?copy_from=/g").status == 400)
        #expect(try await read("/h") == "404")
    }

    @Test("Conditions are those on what the request names: the original for COPY, the copy for POST")
    func conditions() async throws {
        try await put("/f", "one")
        try await put("/g", "two")
        let tag = try #require(try await client.send("HEAD", "/v1/files/f").fields.only("etag"))
        let never = ["if-match": "\"no\"", "overwrite": "T"]
        #expect(try await copy("/f", to: "/v1/files/h", fields: never).status == 412)
        #expect(try await copy("/f", to: "/v1/files/h", fields: ["if-match": tag]).status == 201)
        let post = "/v1/files/g?copy_from=/f&overwrite=true"
        #expect(try await client.send("POST", post, fields: ["if-match": tag]).status == 412)
        #expect(try await client.send("POST", post, fields: ["if-none-match": "*"]).status == 412)
        #expect(try await read("/g") == "two")
        #expect(
            try await client.send("POST", "/v1/files/i?copy_from=/f", fields: ["if-none-match": "*"]).status
                == 201)
        try await put("/d/f")
        #expect(try await copy("/d", to: "/v1/files/e", fields: ["if-match": "\"no\""]).status == 412)
        #expect(try await read("/e") == "404")
    }

    @Test(
        "Fields that a copy cannot honour are refused",
        arguments: [
            ["overwrite": "yes"], ["depth": "0"], ["x-callfs-mode": "0600"],
        ])
    func fields(fields: [String: String]) async throws {
        try await put("/f")
        #expect(try await copy("/f", to: "/v1/files/g", fields: fields).status == 400)
        #expect(try await copy("/f", to: "/v1/files/g", fields: ["depth": "infinity"]).status == 201)
    }
}
