import Ports
import Testing

@Suite("Conditions and ranges over the API")
struct ConditionsAndRangesTests {
    let client = TestClient()

    @Test("If-None-Match answers 304 with the tag, and * keeps a PUT from replacing")
    func ifNoneMatch() async throws {
        let put = try await client.send("PUT", "/v1/files/f", fields: ["if-none-match": "*"], body: "one")
        #expect(put.status == 201)
        let tag = try #require(put.fields.only("etag"))
        let get = try await client.send("GET", "/v1/files/f", fields: ["if-none-match": tag])
        #expect(get.status == 304)
        #expect(get.body.isEmpty)
        #expect(get.fields.only("etag") == tag)
        #expect(
            try await client.send("PUT", "/v1/files/f", fields: ["if-none-match": "*"], body: "two").status
                == 412)
        #expect(try await client.send("GET", "/v1/files/f").text == "one")
    }

    @Test("If-Match lets exactly the known version be replaced or removed")
    func ifMatch() async throws {
        let first = try #require(try await client.send("PUT", "/v1/files/f", body: "one").fields.only("etag"))
        #expect(
            try await client.send("PUT", "/v1/files/f", fields: ["if-match": first], body: "two").status
                == 200)
        #expect(
            try await client.send("PUT", "/v1/files/f", fields: ["if-match": first], body: "bad").status
                == 412)
        #expect(try await client.send("DELETE", "/v1/files/f", fields: ["if-match": first]).status == 412)
        #expect(
            try await client.send("PUT", "/v1/files/g", fields: ["if-match": "*"], body: "bad").status == 412)
        #expect(try await client.send("GET", "/v1/files/f", fields: ["if-match": first]).status == 412)
        #expect(try await client.send("GET", "/v1/files/f").text == "two")
        #expect(try await client.send("GET", "/v1/files/f", fields: ["if-match": "broken"]).status == 400)
    }

    @Test(
        "A range gives its bytes",
        arguments: [("bytes=0-0", "h"), ("bytes=1-3", "ell"), ("bytes=3-", "lo"), ("bytes=-2", "lo")]
    )
    func single(range: String, expected: String) async throws {
        _ = try await client.send("PUT", "/v1/files/f", body: "hello")
        let get = try await client.send("GET", "/v1/files/f", fields: ["range": range])
        #expect(get.status == 206)
        #expect(get.text == expected)
        #expect(get.fields.only("content-range")?.hasSuffix("/5") == true)
    }

    @Test("A range of a content in the store gives its bytes")
    func stored() async throws {
        let body = String(repeating: "0123456789", count: 5_000)
        _ = try await client.send("PUT", "/v1/files/f", body: body)
        let get = try await client.send("GET", "/v1/files/f", fields: ["range": "bytes=20005-20014"])
        #expect(get.status == 206)
        #expect(get.text == "5678901234")
    }

    @Test("Several ranges come as parts, and the length that was announced is right")
    func multiple() async throws {
        let body = String(repeating: "0123456789", count: 5_000)
        _ = try await client.send("PUT", "/v1/files/f", body: body)
        let fields = ["range": "bytes=0-3,40000-40004"]
        let get = try await client.send("GET", "/v1/files/f", fields: fields)
        #expect(get.status == 206)
        #expect(get.fields.only("content-type")?.hasPrefix("multipart/byteranges; boundary=") == true)
        #expect(get.text.contains("Content-Range: bytes 0-3/50000\r\n\r\n0123\r\n--"))
        #expect(get.text.contains("Content-Range: bytes 40000-40004/50000\r\n\r\n01234\r\n--"))
        let head = try await client.send("GET", "/v1/files/f", fields: fields)
        #expect(head.body.count == get.body.count)
    }

    @Test("A range outside is 416 with the size, and If-Range with an old tag gives the whole")
    func outside() async throws {
        let old = try #require(try await client.send("PUT", "/v1/files/f", body: "hello").fields.only("etag"))
        let outside = try await client.send("GET", "/v1/files/f", fields: ["range": "bytes=5-9"])
        #expect(outside.status == 416)
        #expect(outside.fields.only("content-range") == "bytes */5")
        let fields = ["range": "bytes=0-1", "if-range": old]
        #expect(try await client.send("GET", "/v1/files/f", fields: fields).text == "he")
        _ = try await client.send("PUT", "/v1/files/f", body: "world")
        let whole = try await client.send("GET", "/v1/files/f", fields: fields)
        #expect(whole.status == 200)
        #expect(whole.text == "world")
    }
}
