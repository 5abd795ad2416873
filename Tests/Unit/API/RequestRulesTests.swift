import API
import Ports
import Testing

@Suite("Rules for every request")
struct RequestRulesTests {
    let client = TestClient()

    @Test(
        "Without a valid key the answer is 401 and says how to authenticate",
        arguments: [nil, "", "wrong-key-0123456789", TestClient.key + "x"] as [String?])
    func authentication(key: String?) async throws {
        let answer = try await client.send("GET", "/v1/files/", key: key)
        #expect(answer.status == 401)
        #expect(answer.fields.only("www-authenticate") == "Bearer")
        #expect(answer.text.contains("AUTHENTICATION_FAILED"))
    }

    @Test("Another scheme, or two fields, is no authentication")
    func schemes() async throws {
        let basic = try await client.send(
            "GET", "/v1/files/", key: nil, fields: ["authorization": "Basic " + TestClient.key])
        #expect(basic.status == 401)
        let twice = try await client.send("GET", "/v1/files/", fields: ["authorization": "Bearer x"])
        #expect(twice.status == 401)
    }

    @Test("Health needs no key and says which dependency is down")
    func health() async throws {
        #expect(try await client.send("GET", "/health", key: nil).status == 200)
        let ready = try await client.send("GET", "/health/ready", key: nil)
        #expect(ready.status == 200)
        #expect(ready.text.contains("\"metadata\""))
        #expect(ready.text.contains("\"localfs\""))
    }

    @Test(
        "A path that breaks a rule is refused and never resolved",
        arguments: [
            "/v1/files/a/../b", "/v1/files/./a", "/v1/files/%2e%2e/a", "/v1/files/a%2Fb", "/v1/files/a%00b",
            "/v1/files/a%5Cb", "/v1/files/a%0Ab", "/v1/files/%E2%80%AEa", "/v1/files/%FF", "/v1/files/a%",
            "/v1/files/" + String(repeating: "n", count: 256),
        ])
    func paths(target: String) async throws {
        let answer = try await client.send("PUT", target, body: "x")
        #expect(answer.status == 400)
        #expect(answer.text.contains("INVALID_PATH"))
    }

    @Test("Empty segments collapse")
    func emptySegments() async throws {
        #expect(try await client.send("PUT", "/v1/files//a///b", body: "x").status == 201)
        #expect(try await client.send("GET", "/v1/files/a/b").text == "x")
    }

    @Test("An unknown query parameter is refused by name, and so is one that is there twice")
    func query() async throws {
        let unknown = try await client.send("GET", "/v1/files/?colour=red")
        #expect(unknown.status == 400)
        #expect(unknown.text.contains("colour"))
        #expect(try await client.send("DELETE", "/v1/files/a?recursive=yes").status == 400)
        #expect(try await client.send("GET", "/v1/directories/?limit=0").status == 400)
        #expect(try await client.send("GET", "/v1/directories/?limit=10001").status == 400)
        #expect(try await client.send("GET", "/v1/directories/?limit=1&limit=2").status == 400)
    }

    @Test("A method that a resource does not have is 405 with those that it has")
    func methods() async throws {
        let answer = try await client.send("DELETE", "/health", key: nil)
        #expect(answer.status == 405)
        #expect(answer.fields.only("allow") == "GET, HEAD, OPTIONS")
        #expect(try await client.send("BREW", "/v1/files/a").status == 405)
        #expect(try await client.send("GET", "/nowhere").status == 404)
        #expect(try await client.send("GET", "/v1/filesystem").status == 404)
    }

    @Test(
        "Every answer has a request id, its own when well-formed, and the security fields"
    )
    func fields() async throws {
        let given = try await client.send("GET", "/health", fields: ["x-request-id": "abc-123"])
        #expect(given.fields.only("x-request-id") == "abc-123")
        let made = try await client.send("GET", "/nowhere", fields: ["x-request-id": "a b"])
        #expect(made.fields.only("x-request-id")?.utf8.count == 32)
        for answer in [given, made] {
            #expect(answer.fields.only("x-content-type-options") == "nosniff")
            #expect(answer.fields.only("x-frame-options") == "DENY")
            #expect(answer.fields.only("strict-transport-security") != nil)
            #expect(answer.fields.only("content-security-policy") != nil)
        }
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let file = try await client.send("GET", "/v1/files/f")
        #expect(file.fields.only("content-security-policy")?.hasPrefix("sandbox") == true)
    }

    // Proves: error-shape
    @Test("An error is a JSON object, or a problem when the client asks for one")
    func errorShape() async throws {
        let plain = try await client.send("GET", "/v1/files/none")
        #expect(plain.fields.only("content-type") == "application/json")
        #expect(plain.text.contains("\"code\":\"FILE_NOT_FOUND\""))
        #expect(plain.text.contains("\"request_id\":"))
        let problem = try await client.send(
            "GET", "/v1/files/none", fields: ["accept": "application/problem+json"])
        #expect(problem.fields.only("content-type") == "application/problem+json")
        #expect(problem.text.contains("\"status\":404"))
    }

    @Test("What the parser refused is shaped like every other error")
    func refusals() {
        let response = client.handler.respond(
            toRefusal: HTTPRefusal(status: 431, reason: "Too large."), remoteAddress: "127.0.0.1",
            isSecure: true)
        #expect(response.status == 431)
        #expect(response.closesConnection)
        #expect(response.fields.only("x-request-id") != nil)
    }

    // Proves: whole-bodies
    @Test("A partial or encoded upload is refused instead of being stored as something else")
    func partialUploads() async throws {
        let range = ["content-range": "bytes 0-1/5"]
        #expect(try await client.send("PUT", "/v1/files/f", fields: range, body: "he").status == 400)
        #expect(
            try await client.send("PUT", "/v1/files/f", fields: ["content-encoding": "gzip"], body: "x")
                .status == 415)
    }

    @Test("A field that may come once is refused when it comes twice")
    func doubledFields() async throws {
        var fields = HTTPFields()
        fields.append("authorization", "Bearer " + TestClient.key)
        fields.append("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")
        fields.append("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT")
        let request = HTTPRequest(
            method: .delete, target: "/v1/files/f", fields: fields, contentLength: 0, body: BytesStream([]),
            remoteAddress: "127.0.0.1", isSecure: true)
        #expect(await client.handler.respond(to: request).status == 400)
    }

    // Proves: condition-known, field-once
    @Test(
        "Rules of fields hold for every resource and for OPTIONS",
        arguments: [
            ("GET", "/health"), ("HEAD", "/health/ready"), ("GET", "/openapi.json"), ("GET", "/metrics"),
            ("GET", "/v1/whoami"), ("GET", "/download/x"), ("OPTIONS", "/health"), ("OPTIONS", "*"),
            ("OPTIONS", "/v1/files/f"), ("POST", "/v1/links/generate"),
        ])
    func rulesEverywhere(method: String, target: String) async throws {
        let unknown = try await client.send(method, target, fields: ["if": "(<urn:x>)"])
        #expect(unknown.status == 400)
        #expect(method == "HEAD" || unknown.text.contains("The condition 'if'"))
        var fields = HTTPFields()
        fields.append("authorization", "Bearer " + TestClient.key)
        for _ in 0..<2 { fields.append("if-range", "\"a\"") }
        let request = HTTPRequest(
            method: HTTPMethod(token: method), target: target, fields: fields, contentLength: 0,
            body: BytesStream([]), remoteAddress: "127.0.0.1", isSecure: true)
        #expect(await client.handler.respond(to: request).status == 400)
    }

    @Test("A flag without a value is not taken for true", arguments: ["recursive", "recursive="])
    func emptyFlags(query: String) async throws {
        #expect(try await client.send("DELETE", "/v1/files/f?" + query).status == 400)
    }

    @Test("A trailing slash means a directory, for every method")
    func trailingSlash() async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        for method in ["GET", "HEAD", "DELETE"] {
            #expect(try await client.send(method, "/v1/files/f/").status == 409)
        }
        #expect(try await client.send("DELETE", "/v1/files/f/?recursive=true").status == 409)
        #expect(try await client.send("GET", "/v1/files/f").text == "x")
        _ = try await client.send("POST", "/v1/files/d/")
        #expect(try await client.send("DELETE", "/v1/files/d/").status == 204)
    }

    // Proves: list-no-304
    @Test("A condition on a directory can fail and never spares a listing")
    func directoryConditions() async throws {
        _ = try await client.send("PUT", "/v1/files/d/f", body: "x")
        let changed = try await client.send(
            "PATCH", "/v1/files/d", fields: ["content-type": "application/json"], body: #"{"mode":"0700"}"#)
        let tag = try #require(changed.fields.only("etag"))
        let page = try await client.send("GET", "/v1/directories/d").text
        #expect(page.contains(#""type":"directory","etag":"\"\#(tag.dropFirst().dropLast())\"""#))
        for target in ["/v1/files/d", "/v1/directories/d"] {
            #expect(try await client.send("GET", target, fields: ["if-match": "\"other\""]).status == 412)
            #expect(try await client.send("GET", target, fields: ["if-match": "broken"]).status == 400)
            #expect(try await client.send("GET", target, fields: ["if-match": tag]).status == 200)
            #expect(try await client.send("GET", target, fields: ["if-none-match": tag]).status == 200)
            // Of a listing it says less than that not a byte is another.
            for method in ["GET", "HEAD"] {
                let listing = try await client.send(method, target)
                #expect(listing.fields.only("etag") == "W/" + tag)
            }
            #expect(try await client.send("GET", target, fields: ["if-match": "W/" + tag]).status == 412)
        }
    }

    @Test(
        "What cannot be honoured yet is refused by name",
        arguments: ["x-callfs-uid"])
    func unsupported(field: String) async throws {
        let answer = try await client.send("PUT", "/v1/files/f", fields: [field: "x"], body: "x")
        #expect(answer.status == 400)
        #expect(answer.text.contains(field))
    }

    // Proves: condition-known
    @Test(
        "A condition that is not known is refused by name, and nothing is done",
        arguments: ["if", "if-schedule-tag-match"])
    func unknownConditions(name: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "kept")
        let condition = [name: "(<urn:uuid:181d4fae-7d8c-11d0-a765-00a0c91e6bf2>)"]
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let answer = try await client.send(method, "/v1/files/f", fields: condition)
            #expect(answer.status == 400)
            #expect(method == "HEAD" || answer.text.contains("'\(name)'"))
        }
        #expect(try await client.send("GET", "/v1/directories/", fields: condition).status == 400)
        #expect(
            try await client.send("GET", "/download/x", key: nil, fields: condition).text.contains(
                "'\(name)'"))
        #expect(try await client.send("GET", "/v1/files/f").text == "kept")
    }

    @Test(
        "Problem details are for who names them as gladly as JSON",
        arguments: [
            ("application/problem+json;q=0.5, application/json", "application/json"),
            ("application/problem+json;q=0", "application/json"), ("*/*", "application/json"),
            ("text/x-application/problem+json", "application/json"),
            ("application/json, application/problem+json", "application/problem+json"),
            ("application/problem+json;q=0.2", "application/problem+json"),
        ])
    func acceptedErrors(accept: String, type: String) async throws {
        let answer = try await client.send("GET", "/v1/files/none", fields: ["accept": accept])
        #expect(answer.fields.only("content-type") == type)
    }
}
