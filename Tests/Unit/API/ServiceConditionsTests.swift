import API
import Domain
import NodeSupport
import Ports
import Testing

@Suite("Conditions on what is no file")
struct ServiceConditionsTests {
    let client: TestClient

    init() {
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.coding = ResponseCoding(BracketCompression(), bytesMin: 0)
        client = TestClient(handlerSettings: settings)
    }

    private func status(
        _ method: String, _ target: String, _ fields: [String: String], body: String = ""
    ) async throws -> Int {
        try await client.send(method, target, fields: fields, body: body).status
    }

    // Proves: service-conditions
    @Test("The description has a strong tag, and who has it is spared", arguments: ["GET", "HEAD"])
    func description(method: String) async throws {
        let target = "/openapi.json"
        let whole = try await client.send(method, target, key: nil)
        let tag = try #require(whole.fields.only("etag"))
        #expect(whole.status == 200 && tag.hasPrefix("\""))
        #expect(whole.fields.only("cache-control") == "no-cache")
        let spared = try await client.send(method, target, key: nil, fields: ["if-none-match": tag])
        #expect(spared.status == 304 && spared.body.isEmpty && spared.fields.only("etag") == tag)
        #expect(spared.fields.only("vary") == whole.fields.only("vary"))
        for (fields, expected) in [
            (["if-none-match": "\"other\""], 200), (["if-none-match": "W/" + tag], 304),
            (["if-none-match": "*"], 304), (["if-match": tag], 200), (["if-match": "*"], 200),
            (["if-match": "\"other\""], 412), (["if-match": "W/" + tag], 412), (["if-match": "x"], 400),
        ] {
            #expect(try await status(method, target, fields) == expected, "\(fields)")
        }
        let gzip = ["accept-encoding": "gzip"]
        let packed = try await client.send(method, target, key: nil, fields: gzip)
        let packedTag = try #require(packed.fields.only("etag"))
        #expect(packedTag != tag && packed.fields.only("content-encoding") == "gzip")
        let sparedPacked = try await client.send(
            method, target, key: nil, fields: gzip.merging(["if-none-match": packedTag]) { $1 })
        #expect(sparedPacked.status == 304 && sparedPacked.fields.only("etag") == packedTag)
    }

    // Proves: service-conditions
    @Test(
        "What has neither tag nor date meets no tag, and `*`",
        arguments: [
            "/v1/whoami", "/health", "/health/ready", "/metrics", "/v1/files/f?access=explain&right=read",
        ])
    func withoutValidators(target: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let date = "Thu, 01 Jan 1970 00:00:00 GMT"
        for method in ["GET", "HEAD"] {
            for (fields, expected) in [
                (["if-match": "*"], 200), (["if-match": "\"any\""], 412), (["if-none-match": "*"], 304),
                (["if-none-match": "\"any\""], 200), (["if-modified-since": date], 200),
                (["if-unmodified-since": date], 200), (["if-none-match": "broken"], 400),
                (["if-match": "\"any\"", "if-none-match": "*"], 412),
            ] {
                #expect(try await status(method, target, fields) == expected, "\(fields)")
            }
        }
    }

    // Proves: service-conditions
    @Test(
        "A condition on the making of a link is refused by name and not passed over",
        arguments: [
            ("if-match", "*"), ("if-match", "\"a\""), ("if-none-match", "*"), ("if-none-match", "\"a\""),
            ("if-unmodified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ])
    func makingLinks(name: String, value: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let body = #"{"path":"/f","expiry_seconds":60}"#
        let answer = try await client.send("POST", "/v1/links/generate", fields: [name: value], body: body)
        #expect(answer.status == 400 && answer.text.contains("'\(name)'"))
        // These say nothing of a request that reads no representation.
        let date = "Thu, 01 Jan 1970 00:00:00 GMT"
        for passed in [["if-modified-since": date], ["if-range": date]] {
            #expect(try await status("POST", "/v1/links/generate", passed, body: body) == 201)
        }
    }

    // Proves: service-conditions
    @Test("A directory that may be there already is taken under the conditions of a change")
    func toleratedDirectory() async throws {
        let target = "/v1/files/d/?parents=true"
        #expect(try await status("POST", target, ["if-none-match": "*"]) == 201)
        let made = try await client.send("POST", target)
        let tag = try #require(made.fields.only("etag"))
        #expect(made.status == 200)
        for (fields, expected) in [
            (["if-none-match": "*"], 412), (["if-none-match": tag], 412),
            (["if-none-match": "\"other\""], 200), (["if-match": tag], 200), (["if-match": "*"], 200),
            (["if-match": "\"other\""], 412),
            (["if-unmodified-since": "Thu, 01 Jan 1970 00:00:00 GMT"], 412),
            (["if-modified-since": "Thu, 01 Jan 2099 00:00:00 GMT"], 200),
        ] {
            #expect(try await status("POST", target, fields) == expected, "\(fields)")
        }
        let descriptor = #"{"type":"directory"}"#
        let fields = ["content-type": "application/json", "if-none-match": "*"]
        #expect(try await status("POST", "/v1/files/d?parents=true", fields, body: descriptor) == 412)
    }
}
