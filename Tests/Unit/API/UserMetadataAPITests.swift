import Domain
import Ports
import Testing

@Suite("User metadata over the API")
struct UserMetadataAPITests {
    let client = TestClient()

    @Test("Metadata of PUT comes back in fields and in JSON, and of POST for directories too")
    func roundTrip() async throws {
        let put = try await client.send(
            "PUT", "/v1/files/d/f",
            fields: ["x-callfs-meta-author": "Łódź 🙂", "x-callfs-meta-empty": ""], body: "one")
        #expect(put.status == 201)
        #expect(put.text.contains(#""metadata":{"author":"Łódź 🙂","empty":""}"#))
        for method in ["GET", "HEAD"] {
            let answer = try await client.send(method, "/v1/files/d/f")
            #expect(answer.fields.only("x-callfs-meta-author") == "Łódź 🙂")
            #expect(answer.fields.only("x-callfs-meta-empty") == "")
        }
        #expect(try await client.send("GET", "/v1/directories/d").text.contains(#""author":"Łódź 🙂""#))

        let made = try await client.send("POST", "/v1/files/e/", fields: ["x-callfs-meta-color": "red"])
        #expect(made.status == 201)
        #expect(try await client.send("HEAD", "/v1/files/e/").fields.only("x-callfs-meta-color") == "red")
        let plain = try await client.send("PUT", "/v1/files/plain", body: "x")
        #expect(!plain.text.contains("metadata"))
    }

    @Test("PUT keeps metadata when it brings none, and replaces all of it when it brings some")
    func replacing() async throws {
        let fields = ["x-callfs-meta-a": "1", "x-callfs-meta-b": "2"]
        _ = try await client.send("PUT", "/v1/files/f", fields: fields, body: "one")
        let kept = try await client.send("PUT", "/v1/files/f", body: "two")
        #expect(kept.status == 200)
        #expect(kept.fields.only("x-callfs-meta-a") == "1")
        let replaced = try await client.send(
            "PUT", "/v1/files/f", fields: ["x-callfs-meta-b": "3"], body: "three")
        #expect(replaced.fields.only("x-callfs-meta-b") == "3")
        let get = try await client.send("GET", "/v1/files/f")
        #expect(get.fields.only("x-callfs-meta-a") == nil)
        #expect(get.fields.only("x-callfs-meta-b") == "3")
    }

    @Test(
        "Metadata that cannot be kept is refused and nothing is stored",
        arguments: [
            ["x-callfs-meta-": "v"], ["x-callfs-meta-a!": "v"], ["x-callfs-meta-a": "\u{202E}"],
            ["x-callfs-meta-a": String(repeating: "v", count: 9_000)],
        ])
    func refused(_ fields: [String: String]) async throws {
        for method in ["PUT", "POST"] {
            let answer = try await client.send(method, "/v1/files/f", fields: fields, body: "one")
            #expect(answer.status == 400)
            #expect(answer.text.contains("metadata"))
        }
        #expect(try await client.send("GET", "/v1/files/f").status == 404)
    }

    @Test("PATCH sets names, takes away those with null and keeps the rest; the tag of a file stays")
    func patch() async throws {
        let put = try await client.send(
            "PUT", "/v1/files/f", fields: ["x-callfs-meta-a": "1", "x-callfs-meta-b": "2"], body: "one")
        let json = ["content-type": "application/json"]
        let patch = try await client.send(
            "PATCH", "/v1/files/f", fields: json, body: #"{"metadata":{"b":null,"C":"3","absent":null}}"#)
        #expect(patch.status == 200)
        #expect(patch.text.contains(#""metadata":{"a":"1","c":"3"}"#))
        #expect(patch.fields.only("etag") == put.fields.only("etag"))
        #expect(try await client.send("HEAD", "/v1/files/f").fields.only("x-callfs-meta-c") == "3")
        for body in [#"{"metadata":{"a":1}}"#, #"{"metadata":"x"}"#, #"{"metadata":{"a":" x"}}"#] {
            let refused = try await client.send("PATCH", "/v1/files/f", fields: json, body: body)
            #expect(refused.status == 400)
        }
        let denied = try await client.send(
            "PATCH", "/v1/files/f", key: TestClient.otherKey, fields: json, body: #"{"metadata":null}"#)
        #expect(denied.status == 403)
        let cleared = try await client.send(
            "PATCH", "/v1/files/f", fields: json, body: #"{"metadata":null}"#)
        #expect(!cleared.text.contains("metadata"))
    }
}
