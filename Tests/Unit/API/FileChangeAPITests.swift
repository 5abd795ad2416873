import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("PATCH over the API")
struct FileChangeAPITests {
    let client = TestClient()

    private func patch(
        _ path: String, _ body: String, key: String = TestClient.key, fields: [String: String] = [:]
    ) async throws -> TestClient.Answer {
        try await client.send(
            "PATCH", "/v1/files" + path, key: key,
            fields: fields.merging(["content-type": "application/json"]) { given, _ in given }, body: body)
    }

    private func put(_ path: String, _ body: String = "x") async throws {
        #expect(try await client.send("PUT", "/v1/files" + path, body: body).status == 201)
    }

    private func read(_ path: String) async throws -> String {
        let answer = try await client.send("GET", "/v1/files" + path)
        return answer.status == 200 ? answer.text : String(answer.status)
    }

    @Test("A rename keeps the file and its tag, and answers with the new place")
    func rename() async throws {
        try await put("/d/old", "hello")
        let tag = try await client.send("HEAD", "/v1/files/d/old").fields.only("etag")
        let answer = try await patch("/d/old", #"{"name":"new name"}"#)
        #expect(answer.status == 200)
        #expect(answer.fields.only("location") == "/v1/files/d/new%20name")
        #expect(answer.fields.only("etag") == tag)
        #expect(answer.text.contains(#""path":"/d/new name""#))
        #expect(try await read("/d/old") == "404")
        #expect(try await read("/d/new%20name") == "hello")
    }

    @Test("A move takes a directory with all that is below it")
    func moveDirectory() async throws {
        try await put("/a/b/c", "deep")
        let answer = try await patch("/a", #"{"destination":"/x/y/","create_parents":true}"#)
        #expect(answer.status == 200)
        #expect(answer.fields.only("location") == "/v1/files/x/y/")
        #expect(try await read("/x/y/b/c") == "deep")
        #expect(try await read("/a") == "404")
    }

    @Test("Missing parents are made only when asked for")
    func parents() async throws {
        try await put("/f")
        let answer = try await patch("/f", #"{"destination":"/no/f"}"#)
        #expect(answer.status == 404)
        #expect(answer.text.contains("'/no'"))
        #expect(try await read("/f") == "x")
    }

    @Test("What is at the destination gives way only when asked to, and says what it is")
    func overwrite() async throws {
        try await put("/f", "one")
        try await put("/g", "two")
        let refused = try await patch("/f", #"{"destination":"/g"}"#)
        #expect(refused.status == 409)
        #expect(refused.text.contains(#""existing_path":"/g""#))
        #expect(refused.text.contains(#""update_url":"/v1/files/g""#))
        #expect(try await read("/g") == "two")
        #expect(try await patch("/f", #"{"name":"g","overwrite":true}"#).status == 200)
        #expect(try await read("/g") == "one")
        #expect(try await read("/f") == "404")
    }

    @Test(
        "What rename(2) refuses is refused with the code of its error",
        arguments: [
            ("/d", #"{"destination":"/d/e/f"}"#, 400, "INVALID_REQUEST"),
            ("/d/e", #"{"destination":"/d","overwrite":true}"#, 409, "DIRECTORY_NOT_EMPTY"),
            ("/empty", #"{"destination":"/d","overwrite":true}"#, 409, "DIRECTORY_NOT_EMPTY"),
            ("/empty", #"{"destination":"/f","overwrite":true}"#, 409, "NOT_A_DIRECTORY"),
            ("/f", #"{"destination":"/empty","overwrite":true}"#, 400, "IS_A_DIRECTORY"),
            ("/f", #"{"destination":"/empty/"}"#, 409, "FILE_ALREADY_EXISTS"),
            ("/f", #"{"destination":"/new/"}"#, 409, "NOT_A_DIRECTORY"),
            ("/f/", #"{"destination":"/new"}"#, 409, "NOT_A_DIRECTORY"),
            ("/f", #"{"destination":"/g/new"}"#, 409, "NOT_A_DIRECTORY"),
            ("/none", #"{"destination":"/new"}"#, 404, "FILE_NOT_FOUND"),
            ("/", #"{"destination":"/new"}"#, 400, "INVALID_REQUEST"),
            ("/", #"{"name":"new"}"#, 400, "INVALID_REQUEST"),
            ("/f", #"{"destination":"/"}"#, 409, "FILE_ALREADY_EXISTS"),
            ("/f/", #"{"mode":"0600"}"#, 409, "NOT_A_DIRECTORY"),
            ("/none", #"{"mode":"0600"}"#, 404, "FILE_NOT_FOUND"),
        ])
    func refusals(path: String, body: String, status: Int, code: String) async throws {
        try await put("/d/e/file")
        try await put("/f")
        try await put("/g")
        _ = try await client.send("POST", "/v1/files/empty/")
        let answer = try await patch(path, body)
        #expect(answer.status == status)
        #expect(answer.text.contains(#""code":"\#(code)""#))
        #expect(try await read("/d/e/file") == "x")
        #expect(try await read("/f") == "x")
    }

    @Test("An empty directory gives way to another")
    func overEmptyDirectory() async throws {
        try await put("/d/f")
        _ = try await client.send("POST", "/v1/files/empty/")
        #expect(try await patch("/d/", #"{"destination":"/empty/","overwrite":true}"#).status == 200)
        #expect(try await read("/empty/f") == "x")
    }

    @Test("Attributes change together, and a content type goes with null")
    func attributes() async throws {
        try await put("/f")
        let set = try await patch(
            "/f", #"{"mode":"0600","mtime":"2001-02-03T04:05:06.789Z","content_type":"text/plain"}"#)
        #expect(set.status == 200)
        #expect(set.fields.only("location") == nil)
        #expect(set.fields.only("x-callfs-mode") == "0600")
        #expect(set.fields.only("x-callfs-mtime") == "2001-02-03T04:05:06.789000000Z")
        let get = try await client.send("GET", "/v1/files/f")
        #expect(get.fields.only("content-type") == "text/plain")
        #expect(get.fields.only("etag") == set.fields.only("etag"))
        let merge = ["content-type": "application/merge-patch+json"]
        #expect(try await patch("/f", #"{"content_type":null}"#, fields: merge).status == 200)
        #expect(
            try await client.send("HEAD", "/v1/files/f").fields.only("content-type")
                == "application/octet-stream")
        #expect(try await patch("/", #"{"mode":"0700"}"#).status == 200)
    }

    @Test("A move and a change of attributes in one request happen in one commit")
    func both() async throws {
        try await put("/f")
        let before = try await client.world.metadata.resolve(
            try FilePath(parsing: "/f"), content: .none)
        let answer = try await patch("/f", #"{"name":"g","mode":"0600","content_type":"text/plain"}"#)
        #expect(answer.status == 200)
        #expect(answer.fields.only("x-callfs-mode") == "0600")
        let after = try await client.world.metadata.resolve(
            try FilePath(parsing: "/g"), content: .none)
        #expect(after.target?.id == before.target?.id)
        #expect(after.target?.mode.octal == "0600")
        #expect(after.target?.changedAt == after.root.changedAt, "the directory changed in the same commit")
        // Neither happens when one may not.
        #expect(try await patch("/g", #"{"name":"h","uid":1001}"#).status == 403)
        #expect(try await read("/g") == "x")
    }

    @Test("Only the owner changes a mode, and only the superuser an owner")
    func ownership() async throws {
        try await put("/f")
        let other = TestClient.otherKey
        #expect(try await patch("/f", #"{"mode":"0666"}"#).status == 200)
        #expect(try await patch("/f", #"{"mode":"0600"}"#, key: other).status == 403)
        #expect(
            try await patch("/f", #"{"mtime":"2001-02-03T04:05:06Z"}"#, key: other).status == 403)
        #expect(try await patch("/f", #"{"content_type":"a/b"}"#, key: other).status == 200)
        #expect(try await patch("/f", #"{"uid":1001}"#).status == 403)
        #expect(try await patch("/f", #"{"uid":1000,"gid":1000}"#).status == 200)
        #expect(try await patch("/f", #"{"gid":7}"#).status == 403)
        #expect(try await patch("/f", #"{"name":"g"}"#, key: other).status == 403)
    }

    @Test("Conditions are those on what is patched, and come after what is forbidden")
    func conditions() async throws {
        try await put("/f")
        let tag = try #require(try await client.send("HEAD", "/v1/files/f").fields.only("etag"))
        for body in [#"{"name":"g"}"#, #"{"mode":"0600"}"#, #"{"name":"g","mode":"0600"}"#] {
            #expect(try await patch("/f", body, fields: ["if-match": "\"no\""]).status == 412)
            #expect(try await patch("/f", body, fields: ["if-none-match": "*"]).status == 412)
            #expect(
                try await patch("/f", body, key: TestClient.otherKey, fields: ["if-match": "\"no\""]).status
                    == 403)
        }
        #expect(try await patch("/f", #"{"name":"g"}"#, fields: ["if-match": tag]).status == 200)
        #expect(try await read("/g") == "x")
    }

    @Test(
        "A body that says nothing, or what cannot be understood, is refused and names what is wrong",
        arguments: [
            ("{}", "changes nothing"), ("[]", "object"), ("", "JSON"), ("{", "JSON"),
            (#"{"colour":1}"#, "colour"), (#"{"size":1}"#, "size"), (#"{"mode":420}"#, "mode"),
            (#"{"mode":"0888"}"#, "mode"), (#"{"uid":-1}"#, "uid"), (#"{"uid":1.5}"#, "uid"),
            (#"{"gid":4294967295}"#, "gid"), (#"{"gid":"0"}"#, "gid"), (#"{"mtime":0}"#, "mtime"),
            (#"{"mtime":"yesterday"}"#, "mtime"), (#"{"content_type":"text"}"#, "content_type"),
            (#"{"content_type":1}"#, "content_type"), (#"{"name":"a/b"}"#, "slash"),
            (#"{"name":""}"#, "empty"), (#"{"name":".."}"#, ".."), (#"{"name":1}"#, "name"),
            (#"{"name":"a","destination":"/b"}"#, "destination"), (#"{"destination":"b"}"#, "absolute"),
            (#"{"destination":"/a/../b"}"#, ".."), (#"{"overwrite":true}"#, "overwrite"),
            (#"{"mode":"0600","overwrite":true}"#, "overwrite"),
            (#"{"name":"a","overwrite":1}"#, "overwrite"),
            (#"{"name":"a","create_parents":true}"#, "create_parents"), (#"{"backend":"s3"}"#, "backend"),
            (#"{"instance":"n"}"#, "instance"), (#"{"storage_class":"x"}"#, "storage_class"),
            (#"{"mode":"0600","mode":"0644"}"#, "mode"), (#"{"uid":1e-1}"#, "uid"),
            (#"{"uid":4.294967295e9}"#, "uid"), (#"{"uid":1e99}"#, "uid"), (#"{"gid":10.01e1}"#, "gid"),
            (#"{"metadata":{"Author":"a","author":"b"}}"#, "two spellings"),
            (#"{"metadata":{"x":null,"X":"b"}}"#, "two spellings"),
        ])
    func badBodies(body: String, word: String) async throws {
        try await put("/f")
        let answer = try await patch("/f", body)
        #expect(answer.status == 400)
        #expect(answer.text.contains(word))
        #expect(try await read("/f") == "x")
    }

    // Proves: json-numbers
    @Test(
        "A whole number counts however it is written",
        arguments: [("1e3", "1000"), ("1000.0", "1000"), ("10E+2", "1000"), ("0.5e1", "5"), ("-0", "0")])
    func numbers(text: String, uid: String) async throws {
        try await put("/f")
        let answer = try await patch("/f", #"{"uid":\#(text)}"#, key: TestClient.superuserKey)
        #expect(answer.status == 200 && answer.fields.only("x-callfs-uid") == uid)
    }

    @Test("A body of another type is 415 and says which are taken", arguments: ["text/plain", ""])
    func mediaTypes(type: String) async throws {
        try await put("/f")
        let answer = try await patch("/f", #"{"name":"g"}"#, fields: ["content-type": type])
        #expect(answer.status == 415)
        #expect(answer.fields.only("accept-patch") == FileChange.acceptPatch)
        #expect(try await patch("/f", #"{"name":"g"}"#, fields: ["x-callfs-mode": "0600"]).status == 400)
    }

    @Test("A body that is too large is 413")
    func tooLarge() async throws {
        let body = #"{"name":""# + String(repeating: "x", count: Limits.jsonBodyBytesMax) + #""}"#
        #expect(try await patch("/f", body).status == 413)
    }

    // Proves: options
    @Test("OPTIONS says which methods there are, and which types PATCH takes")
    func options() async throws {
        let files = try await client.send("OPTIONS", "/v1/files/anything")
        #expect(files.status == 204)
        #expect(files.fields.only("allow")?.contains("PATCH") == true)
        #expect(files.fields.only("accept-patch") == FileChange.acceptPatch)
        let health = try await client.send("OPTIONS", "/health", key: nil)
        #expect(health.status == 204)
        #expect(health.fields.only("allow") == "GET, HEAD, OPTIONS")
        #expect(health.fields.only("accept-patch") == nil)
        #expect(try await client.send("OPTIONS", "/v1/files/", key: nil).status == 401)
        #expect(try await client.send("OPTIONS", "*", key: nil).fields.only("allow")?.contains("PUT") == true)
        let brew = try await client.send("BREW", "/v1/files/a")
        #expect(brew.fields.only("allow") == files.fields.only("allow"))
    }

    private enum FileChange {
        static let acceptPatch = "application/json, application/merge-patch+json"
    }
}
