import Ports
import Testing

@Suite("Directories over the API")
struct DirectoriesAPITests {
    let client = TestClient()

    init() async throws {
        for path in ["b/2", "b/1", "a", "b/c/3", "d/e/f/4"] {
            _ = try await client.send("PUT", "/v1/files/" + path, body: path)
        }
    }

    /// The paths in a listing, in its order.
    private func paths(_ text: String) -> [String] {
        text.split(separator: "\"path\":\"").dropFirst().compactMap {
            $0.split(separator: "\"").first.map(String.init)
        }
    }

    @Test("GET of a directory's file path is a JSON array of its own entries in byte order")
    func array() async throws {
        let answer = try await client.send("GET", "/v1/files/")
        #expect(answer.status == 200)
        #expect(paths(answer.text) == ["/a", "/b", "/d"])
        #expect(answer.text.hasPrefix("[{\"name\":\"a\",\"path\":\"/a\",\"type\":\"file\""))
        #expect(answer.text.contains("\"name\":\"b\",\"path\":\"/b\",\"type\":\"directory\""))
    }

    @Test("The array goes on by its Link until every entry was there once")
    func links() async throws {
        var target: String? = "/v1/files/?limit=1"
        var seen: [String] = []
        while let next = target {
            let answer = try await client.send("GET", next)
            seen += answer.text.split(separator: "\"name\":\"").dropFirst().compactMap {
                $0.split(separator: "\"").first.map(String.init)
            }
            target = answer.fields.only("link").flatMap { link in
                link.dropFirst().split(separator: ">").first.map(String.init)
            }
            #expect(seen.count <= 3)
        }
        #expect(seen == ["a", "b", "d"])
    }

    @Test("A recursive listing walks down, a directory before its children")
    func recursive() async throws {
        let answer = try await client.send("GET", "/v1/directories/?recursive=true")
        let expected = [
            "/", "/a", "/b", "/b/1", "/b/2", "/b/c", "/b/c/3", "/d", "/d/e", "/d/e/f", "/d/e/f/4",
        ]
        #expect(paths(answer.text) == expected)
        #expect(answer.text.contains("\"count\":10"))
        #expect(!answer.text.contains("truncated"))
    }

    @Test("max_depth cuts the walk and says so only when something lay deeper")
    func depth() async throws {
        let one = try await client.send("GET", "/v1/directories/?recursive=true&max_depth=1")
        #expect(paths(one.text) == ["/", "/a", "/b", "/d"])
        #expect(one.text.contains("\"truncated\":true"))
        let zero = try await client.send("GET", "/v1/directories/?recursive=true&max_depth=0")
        #expect(paths(zero.text) == paths(one.text))
        let four = try await client.send("GET", "/v1/directories/?recursive=true&max_depth=4")
        #expect(!four.text.contains("truncated"))
        #expect(try await client.send("GET", "/v1/directories/?max_depth=1001").status == 400)
    }

    @Test("Pages follow each other by cursor and hold every entry once", arguments: 1...11)
    func pages(limit: Int) async throws {
        let whole = try await client.send("GET", "/v1/directories/?recursive=true")
        var seen: [String] = []
        var cursor: String? = ""
        while let position = cursor {
            let query = position.isEmpty ? "" : "&cursor=" + position
            let page = try await client.send("GET", "/v1/directories/?recursive=true&limit=\(limit)" + query)
            seen += paths(page.text).dropFirst()
            cursor = page.text.split(separator: "\"next_cursor\":\"").dropFirst().first.flatMap {
                $0.split(separator: "\"").first.map(String.init)
            }
            #expect(seen.count <= 10)
        }
        #expect(seen == Array(paths(whole.text).dropFirst()))
    }

    @Test("NDJSON streams one entry a line and ends with a summary")
    func lines() async throws {
        let answer = try await client.send(
            "GET", "/v1/directories/?recursive=true", fields: ["accept": "application/x-ndjson"])
        #expect(answer.fields.only("content-type") == "application/x-ndjson")
        let lines = answer.text.split(separator: "\n")
        #expect(lines.count == 11)
        #expect(lines.last == #"{"summary":true,"count":10,"truncated":false,"omitted":0}"#)
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("{\"name\":") && $0.hasSuffix("}") })
    }

    @Test("What may not be listed is left out and counted")
    func omitted() async throws {
        let json = ["content-type": "application/json"]
        _ = try await client.send(
            "POST", "/v1/files/secret", fields: json, body: #"{"type":"directory","mode":"0700"}"#)
        _ = try await client.send("PUT", "/v1/files/secret/f", body: "x")
        let answer = try await client.send("GET", "/v1/directories/?recursive=true", key: TestClient.otherKey)
        #expect(answer.status == 200)
        #expect(paths(answer.text).contains("/secret"))
        #expect(!paths(answer.text).contains("/secret/f"))
        #expect(answer.text.contains("\"omitted\":1"))
        #expect(
            try await client.send("GET", "/v1/directories/secret", key: TestClient.otherKey).status == 403)
    }

    @Test("A file's path is no directory, and a foreign cursor is refused")
    func refusals() async throws {
        #expect(try await client.send("GET", "/v1/directories/a").status == 400)
        #expect(try await client.send("GET", "/v1/directories/none").status == 404)
        #expect(try await client.send("GET", "/v1/directories/b?cursor=/d/e").status == 400)
        #expect(try await client.send("GET", "/v1/directories/b?cursor=/b").status == 400)
    }

    // Proves: path-rules
    @Test(
        "A cursor that is no path is refused as every path is",
        arguments: ["/b/../c", "/b/%00", "/b/c%5Cd", "/b/%E2%80%AEx"])
    func cursorsThatAreNoPaths(cursor: String) async throws {
        for target in ["/v1/directories/b", "/v1/files/b"] {
            let answer = try await client.send("GET", target + "?cursor=" + cursor)
            #expect(answer.status == 400 && answer.text.contains("INVALID_PATH"))
            let foreign = try await client.send("GET", target + "?cursor=/elsewhere/x")
            #expect(foreign.status == 400 && foreign.text.contains("INVALID_REQUEST"))
        }
    }

    @Test("What is omitted is counted once over all pages, and a flat cursor names an entry of the directory")
    func omittedByPage() async throws {
        let json = ["content-type": "application/json"]
        for name in ["x1", "x2", "x3"] {
            _ = try await client.send(
                "POST", "/v1/files/L/" + name, fields: json, body: #"{"type":"directory","mode":"0700"}"#)
        }
        var cursor = ""
        var omitted = 0
        for _ in 0..<3 {
            let page = try await client.send(
                "GET", "/v1/directories/L?recursive=true&limit=1" + cursor, key: TestClient.otherKey)
            omitted += page.text.contains("\"omitted\":1") ? 1 : 0
            #expect(!page.text.contains("\"omitted\":2"))
            cursor = paths(page.text).last.map { "&cursor=" + $0 } ?? ""
        }
        #expect(omitted == 3)
        #expect(try await client.send("GET", "/v1/files/?cursor=/d/zz").status == 400)
        #expect(try await client.send("GET", "/v1/directories/?cursor=/d/zz").status == 400)
    }

    // Proves: list-stream
    @Test(
        "A stream of lines is for who names it as gladly as JSON",
        arguments: [
            ("application/x-ndjson;q=0.5, application/json", false), ("application/x-ndjson;q=0", false),
            ("*/*", false), ("application/x-ndjson, */*;q=0.1", true),
        ])
    func accepted(accept: String, isStream: Bool) async throws {
        let answer = try await client.send("GET", "/v1/directories/", fields: ["accept": accept])
        #expect((answer.fields.only("content-type") == "application/x-ndjson") == isStream)
    }

    // Proves: head-as-get
    @Test("HEAD of a directory says what GET would, with its page and its next one")
    func headOfListing() async throws {
        for name in ["a", "b", "c"] {
            _ = try await client.send("PUT", "/v1/files/pages/" + name, body: name)
        }
        let tag = try #require(try await client.send("GET", "/v1/files/pages").fields.only("etag"))
        for query in ["", "?limit=2", "?limit=1&cursor=/pages/a", "?limit=3", "?follow=true", "?limit=x"] {
            for fields in [[:], ["if-none-match": tag], ["if-match": tag], ["if-match": "\"other\""]] {
                let get = try await client.send("GET", "/v1/files/pages" + query, fields: fields)
                let head = try await client.send("HEAD", "/v1/files/pages" + query, fields: fields)
                #expect(head.status == get.status && head.body == [])
                #expect(head.fields.only("link") == get.fields.only("link"))
                #expect(head.fields.only("etag") == get.fields.only("etag"))
                #expect(head.announcedLength == UInt64(get.body.count) || get.status == 400)
            }
        }
        let link = try await client.send("HEAD", "/v1/files/pages?limit=2").fields.only("link")
        #expect(link?.contains("cursor=%2Fpages%2Fb") == true)
    }

    @Test("Who may not list a directory may still look at it, but not at a page of it")
    func headOfClosed() async throws {
        _ = try await client.send("POST", "/v1/files/closed/", fields: ["x-callfs-mode": "0700"])
        func head(_ query: String) async throws -> TestClient.Answer {
            try await client.send("HEAD", "/v1/files/closed" + query, key: TestClient.otherKey)
        }
        let looked = try await head("")
        #expect(looked.status == 200 && looked.fields.only("x-callfs-mode") == "0700")
        #expect(looked.fields.only("link") == nil && looked.announcedLength == nil)
        #expect(try await head("?limit=1").status == 403)
    }
}
