import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Symbolic and hard links over the API")
struct LinksInTreeTests {
    let client = TestClient()

    private func make(
        _ path: String, _ descriptor: String, key: String = TestClient.key, fields: [String: String] = [:]
    ) async throws -> TestClient.Answer {
        try await client.send(
            "POST", "/v1/files" + path, key: key,
            fields: fields.merging(["content-type": "application/json"]) { $1 }, body: descriptor)
    }

    private func link(_ path: String, to target: String) async throws {
        let answer = try await make(path, #"{"type":"symlink","target":"\#(target)"}"#)
        #expect(answer.status == 201, "\(answer.text)")
    }

    private func change(_ path: String, mode: UInt16) async throws {
        let metadata = client.world.metadata
        let found = try await metadata.resolve(FilePath(parsing: path), content: .none)
        var change = AttributeChange()
        change.mode = FileMode(rawValue: mode)
        let node = client.world.node
        let id = node.dependencies.entropy.identifier(at: client.world.time.wallNow())
        let mutation = Mutation.setAttributes(try #require(found.target).id, change)
        _ = try await metadata.commit(Changeset(id: ChangesetID(id), mutations: [mutation]))
    }

    @Test("A symbolic link is made as it was sent, and shows itself only when it is asked to")
    func symlink() async throws {
        _ = try await client.send("PUT", "/v1/files/d/f", body: "hello")
        let made = try await make("/l", #"{"type":"symlink","target":"d/ü/../f"}"#)
        #expect(made.status == 201)
        #expect(made.text.contains(#""type":"symlink","size":9,"mode":"0777""#))
        #expect(made.text.contains(#""target":"d/ü/../f""#))
        #expect(made.fields.only("x-callfs-target") == "d/%C3%BC/../f")
        #expect(try await client.send("GET", "/v1/files/l").status == 404)
        _ = try await client.send("POST", "/v1/files/d/%C3%BC/")
        let get = try await client.send("GET", "/v1/files/l")
        #expect(get.text == "hello")
        #expect(get.fields.only("x-callfs-type") == "file")
        let itself = try await client.send("GET", "/v1/files/l?follow=false")
        #expect(itself.status == 200)
        #expect(itself.fields.only("x-callfs-type") == "symlink")
        #expect(itself.fields.only("etag") == made.fields.only("etag"))
        #expect(itself.text == made.text)
        let head = try await client.send("HEAD", "/v1/files/l?follow=false")
        #expect(head.announcedLength == UInt64(itself.body.count))
        #expect(head.fields.only("x-callfs-target") == "d/%C3%BC/../f")
        #expect(try await client.send("GET", "/v1/files/l?follow=maybe").status == 400)
        #expect(try await client.send("GET", "/v1/files/l/?follow=false").status == 409)
        #expect(try await client.send("GET", "/v1/files/d/f?follow=false").text == "hello")
    }

    /// open(2) with O_CREAT looks at the slash before it looks for the name (EISDIR).
    @Test("Nothing is written through a link whose target ends in a slash, however long the name before it")
    func targetsWithSlash() async throws {
        for (link, name) in [("/near", "nothing"), ("/far", String(repeating: "n", count: 256))] {
            try await self.link(link, to: name + "/")
            let written = try await client.send("PUT", "/v1/files" + link, body: "x")
            #expect(written.status == 400)
            #expect(written.text.contains(#""code":"IS_A_DIRECTORY""#), "\(written.text)")
        }
        #expect(try await client.send("GET", "/v1/files/near").status == 404)
        #expect(try await client.send("GET", "/v1/files/far").text.contains(#""code":"INVALID_PATH""#))
    }

    @Test("A removal that a link leads to a name that is too long is told that, and not of the root")
    func removalAstray() async throws {
        try await link("/l", to: "/" + String(repeating: "n", count: 256))
        for query in ["", "?recursive=true"] {
            let removed = try await client.send("DELETE", "/v1/files/l/a" + query)
            #expect(removed.text.contains(#""code":"INVALID_PATH""#), "\(removed.text)")
        }
    }

    @Test("A link to a directory is listed as the directory, page by page, by both routes")
    func listing() async throws {
        for name in ["a", "b", "c"] { _ = try await client.send("PUT", "/v1/files/d/\(name)", body: name) }
        try await link("/l", to: "/d")
        try await link("/d/z", to: "..")
        let all = try await client.send("GET", "/v1/files/l/")
        #expect(all.text.contains(#""path":"/d/a""#))
        #expect(all.text.contains(#""name":"z","path":"/d/z","type":"symlink""#))
        let first = try await client.send("GET", "/v1/files/l?limit=2")
        #expect(first.fields.only("link") == "</v1/files/d?limit=2&cursor=%2Fd%2Fb>; rel=\"next\"")
        let second = try await client.send("GET", "/v1/files/l?limit=2&cursor=%2Fd%2Fb")
        #expect(second.text.contains(#""name":"c""#) && !second.text.contains(#""name":"b""#))
        let page = try await client.send("GET", "/v1/directories/l?recursive=true&limit=3")
        #expect(page.text.contains(#""path":"/d","type":"directory""#))
        #expect(page.text.contains(#""next_cursor":"/d/c""#))
        let rest = try await client.send("GET", "/v1/directories/l?recursive=true&cursor=%2Fd%2Fc")
        #expect(rest.text.contains(#""count":1,"items":[{"name":"z""#), "the link is listed, not entered")
        #expect(try await client.send("GET", "/v1/directories/l?cursor=%2Fl%2Fa").status == 400)
    }

    @Test("PUT writes through a link, to what is there and to what is not")
    func writing() async throws {
        _ = try await client.send("PUT", "/v1/files/d/f", body: "old")
        try await link("/l", to: "d/f")
        let replaced = try await client.send("PUT", "/v1/files/l", body: "new")
        #expect(replaced.status == 200)
        #expect(try await client.send("GET", "/v1/files/d/f").text == "new")
        try await link("/d/dangling", to: "fresh")
        let created = try await client.send("PUT", "/v1/files/d/dangling", body: "made")
        #expect(created.status == 201)
        #expect(created.fields.only("location") == "/v1/files/d/fresh")
        #expect(try await client.send("GET", "/v1/files/d/fresh").text == "made")
        try await link("/nowhere", to: "none/x")
        #expect(try await client.send("PUT", "/v1/files/nowhere", body: "x").status == 404)
        #expect(try await client.send("PUT", "/v1/files/nowhere/x", body: "x").status == 404)
        try await link("/slash", to: "new/")
        #expect(try await client.send("PUT", "/v1/files/slash", body: "x").status == 400)
        let below = try await client.send("PUT", "/v1/files/d/../l", body: "x")
        #expect(below.status == 400, "dots stay forbidden in requests")
    }

    @Test("What creates and what removes does not follow the last link")
    func unfollowed() async throws {
        _ = try await client.send("PUT", "/v1/files/d/f", body: "kept")
        try await link("/l", to: "d")
        try await link("/dangling", to: "none")
        for path in ["/v1/files/l", "/v1/files/dangling"] {
            let answer = try await client.send("POST", path, body: "x")
            #expect(answer.status == 409)
            #expect(answer.text.contains("FILE_ALREADY_EXISTS"))
        }
        #expect(try await client.send("POST", "/v1/files/dangling/").status == 409)
        #expect(try await make("/l", #"{"type":"symlink","target":"x"}"#).status == 409)
        #expect(try await client.send("POST", "/v1/files/l/?parents=true").status == 200)
        #expect(try await client.send("POST", "/v1/files/dangling/?parents=true").status == 409)
        #expect(try await client.send("POST", "/v1/files/l/new", body: "x").status == 201)
        #expect(try await client.send("DELETE", "/v1/files/l/").status == 409)
        #expect(try await client.send("DELETE", "/v1/files/l?recursive=true").status == 204)
        #expect(try await client.send("DELETE", "/v1/files/dangling").status == 204)
        #expect(try await client.send("GET", "/v1/files/d/f").text == "kept")
    }

    @Test("A circle of links is refused with a sentence that says so")
    func circle() async throws {
        try await link("/a", to: "b")
        try await link("/b", to: "a")
        for (method, path) in [("GET", "/a"), ("PUT", "/a"), ("GET", "/a/x"), ("DELETE", "/b/x")] {
            let answer = try await client.send(method, "/v1/files" + path)
            #expect(answer.status == 400)
            #expect(answer.text.contains("INVALID_PATH") && answer.text.contains("40 symbolic links"))
        }
    }

    @Test("A hard link is the same file, which lives as long as one of its names")
    func hardLink() async throws {
        let put = try await client.send("PUT", "/v1/files/f", body: "one")
        let made = try await make("/sub/g", #"{"type":"link","target":"/f"}"#)
        #expect(made.status == 201)
        #expect(made.fields.only("location") == "/v1/files/sub/g")
        #expect(made.fields.only("etag") == put.fields.only("etag"))
        #expect(made.fields.only("x-callfs-links") == "2")
        #expect(made.text.contains(#""nlink":2"#))
        _ = try await client.send("PUT", "/v1/files/sub/g", body: "two")
        #expect(try await client.send("GET", "/v1/files/f").text == "two")
        #expect(try await client.send("DELETE", "/v1/files/f").status == 204)
        let rest = try await client.send("GET", "/v1/files/sub/g")
        #expect(rest.text == "two")
        #expect(rest.fields.only("x-callfs-links") == "1")
        try await client.world.settle()
        #expect(try await client.world.metadata.check(limit: 9) == [])
    }

    @Test("link(2)'s rules: no directories, no overwriting, nothing of somebody else's that is closed")
    func hardLinkRules() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        _ = try await client.send("POST", "/v1/files/d/", fields: ["x-callfs-mode": "0777"])
        _ = try await client.send("POST", "/v1/files/open/")
        try await change("/open", mode: 0o777)
        try await link("/l", to: "f")
        let directory = try await make("/e", #"{"type":"link","target":"/d"}"#)
        #expect(directory.status == 403)
        #expect(directory.text.contains("one name only"))
        #expect(try await make("/l", #"{"type":"link","target":"/f"}"#).status == 409)
        #expect(try await make("/g", #"{"type":"link","target":"/none"}"#).status == 404)
        let other = try await make("/open/f", #"{"type":"link","target":"/f"}"#, key: TestClient.otherKey)
        #expect(other.status == 403 && other.text.contains("is not yours"))
        try await change("/f", mode: 0o666)
        let shared = try await make("/open/f", #"{"type":"link","target":"/f"}"#, key: TestClient.otherKey)
        #expect(shared.status == 201)
        let toLink = try await make("/m", #"{"type":"link","target":"/l"}"#)
        #expect(toLink.text.contains(#""type":"symlink""#) && toLink.text.contains(#""nlink":2"#))
    }

    @Test(
        "A descriptor says what a link needs, and nothing else",
        arguments: [
            #"{"type":"symlink"}"#, #"{"type":"link"}"#, #"{"type":"symlink","target":""}"#,
            #"{"type":"symlink","target":5}"#, #"{"type":"symlink","target":"a\\b"}"#,
            #"{"type":"symlink","target":"a\u0000b"}"#, #"{"type":"symlink","target":"x","mode":"0644"}"#,
            #"{"type":"link","target":"/a/../b"}"#, #"{"type":"file","target":"x"}"#,
            #"{"type":"socket","target":"x"}"#,
        ])
    func descriptors(body: String) async throws {
        #expect(try await make("/l", body).status == 400)
        #expect(try await client.send("GET", "/v1/files/l?follow=false").status == 404)
    }

    @Test("Fields that make no sense for a link are refused")
    func fields() async throws {
        let symlink = #"{"type":"symlink","target":"x"}"#
        #expect(try await make("/l", symlink, fields: ["x-callfs-mode": "0644"]).status == 400)
        #expect(try await make("/l/", symlink).status == 400)
        let long = String(repeating: "a/", count: 2_047)
        #expect(try await make("/l", #"{"type":"symlink","target":"\#(long)ab"}"#).status == 400)
        let time = "2001-02-03T04:05:06.000000007Z"
        let dated = try await make("/l", symlink, fields: ["x-callfs-mtime": time])
        #expect(dated.fields.only("x-callfs-mtime") == time)
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let link = #"{"type":"link","target":"/f"}"#
        #expect(try await make("/g", link, fields: ["x-callfs-mtime": time]).status == 400)
    }

    @Test("In a sticky directory that all may write, nobody is led astray by somebody else's link")
    func sticky() async throws {
        _ = try await client.send("POST", "/v1/files/tmp/")
        try await change("/tmp", mode: 0o1777)
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let made = try await make(
            "/tmp/l", #"{"type":"symlink","target":"/f"}"#, key: TestClient.otherKey)
        #expect(made.status == 201)
        #expect(try await client.send("GET", "/v1/files/tmp/l", key: TestClient.otherKey).status == 200)
        let refused = try await client.send("GET", "/v1/files/tmp/l")
        #expect(refused.status == 403)
        #expect(refused.text.contains("somebody else's"))
        // In the middle of a path it is followed, and so is one of the directory's owner.
        _ = try await make("/tmp/m", #"{"type":"symlink","target":"/"}"#, key: TestClient.otherKey)
        #expect(try await client.send("GET", "/v1/files/tmp/m/f").status == 200)
        try await link("/tmp/own", to: "/f")
        #expect(try await client.send("GET", "/v1/files/tmp/own", key: TestClient.otherKey).status == 200)
    }

    @Test("Whoever may not search a directory is not led through it by a link")
    func closedWay() async throws {
        _ = try await client.send("PUT", "/v1/files/open/f", body: "x")
        _ = try await client.send("POST", "/v1/files/closed/", fields: ["x-callfs-mode": "0700"])
        try await link("/closed/l", to: "/open/f")
        try await link("/dots", to: "closed/../open/f")
        try await link("/way", to: "closed/l")
        for path in ["/closed/l", "/dots", "/way"] {
            let answer = try await client.send("GET", "/v1/files" + path, key: TestClient.otherKey)
            #expect(answer.status == 403, "\(path)")
            #expect(answer.text.contains("'/closed'"))
            #expect(try await client.send("GET", "/v1/files" + path).text == "x")
        }
    }
}
