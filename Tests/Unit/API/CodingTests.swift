import API
import Domain
import NodeSupport
import Ports
import Services
import Testing

@Suite("Packed answers")
struct CodingTests {
    private func client(bytesMin: Int = 0, hasRoom: Bool = true) -> TestClient {
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.coding = ResponseCoding(BracketCompression(hasRoom: hasRoom), bytesMin: bytesMin)
        return TestClient(handlerSettings: settings)
    }

    private let wanting = ["accept-encoding": "gzip"]

    @Test("A listing is packed for who wants it, with another tag, and caches are told")
    func listing() async throws {
        let client = client()
        let plain = try await client.send("GET", "/v1/files/")
        let packed = try await client.send("GET", "/v1/files/", fields: wanting)
        #expect(packed.text == "<" + plain.text + ">")
        #expect(packed.fields.only("content-encoding") == "gzip")
        #expect(plain.fields.only("content-encoding") == nil)
        #expect(plain.fields.only("vary") == "Accept-Encoding")
        #expect(packed.fields.only("vary") == "Accept-Encoding")
        let tag = try #require(plain.fields.only("etag"))
        #expect(packed.fields.only("etag") == String(tag.dropLast()) + "-gzip\"")
    }

    @Test("The tag of a packed listing means the directory in a condition, as far as a weak one can")
    func condition() async throws {
        let client = client()
        _ = try await client.send("POST", "/v1/files/d/")
        let listing = try await client.send("GET", "/v1/files/d", fields: wanting)
        let tag = try #require(listing.fields.only("etag"))
        #expect(tag.hasSuffix("-gzip\""))
        for (field, status) in [("if-match", 412), ("if-none-match", 412)] {
            #expect(try await client.send("DELETE", "/v1/files/d", fields: [field: tag]).status == status)
        }
        let strong = String(tag.dropFirst("W/".utf8.count))
        #expect(try await client.send("DELETE", "/v1/files/d", fields: ["if-match": strong]).status == 204)
    }

    @Test("A file is never packed, whatever its type")
    func file() async throws {
        let client = client()
        _ = try await client.send(
            "PUT", "/v1/files/f.json", fields: ["content-type": "application/json"], body: "{}")
        let file = try await client.send("GET", "/v1/files/f.json", fields: wanting)
        #expect(file.text == "{}")
        #expect(file.fields.only("content-encoding") == nil)
        #expect(file.fields.only("vary") == nil)
    }

    @Test("What is small goes as it is, and so does all when there is no room")
    func plainly() async throws {
        for client in [client(bytesMin: 1 << 20), client(hasRoom: false)] {
            let answer = try await client.send("GET", "/v1/files/", fields: wanting)
            #expect(answer.text == "[]")
            #expect(answer.fields.only("content-encoding") == nil)
        }
    }

    @Test("A stream of lines is packed piece by piece, and varies by what is accepted")
    func lines() async throws {
        let fields = ["accept-encoding": "gzip", "accept": "application/x-ndjson"]
        let answer = try await client().send("GET", "/v1/directories/", fields: fields)
        #expect(answer.text.hasPrefix("<{\"summary\":true") && answer.text.hasSuffix("\n><>"))
        #expect(answer.fields.only("content-encoding") == "gzip")
    }

    @Test("HEAD says what GET would, but for the length, which only packing would tell")
    func head() async throws {
        let answer = try await client().send("HEAD", "/v1/directories/", fields: wanting)
        #expect(answer.fields.only("content-encoding") == "gzip")
        #expect(answer.announcedLength == nil)
        #expect(answer.body == [])
        #expect(try await client().send("HEAD", "/v1/directories/").announcedLength != nil)
    }
}
