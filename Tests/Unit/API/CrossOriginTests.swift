import NodeSupport
import Ports
import Services
import Testing

@testable import API

@Suite("Pages of other origins")
struct CrossOriginTests {
    private let app = "https://app.example"

    private func client(_ origins: [String], allowsCredentials: Bool = false) -> TestClient {
        var policy = CrossOriginPolicy(allowedOrigins: origins)
        policy.allowsCredentials = allowsCredentials
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.crossOrigin = policy
        return TestClient(handlerSettings: settings)
    }

    private func preflight(from origin: String, for method: String = "PUT") -> [String: String] {
        ["origin": origin, "access-control-request-method": method]
    }

    @Test("A preflight of an origin that is allowed needs no key")
    func allowedPreflight() async throws {
        let answer = try await client([app]).send(
            "OPTIONS", "/v1/files/f", key: nil, fields: preflight(from: app))
        #expect(answer.status == 204)
        #expect(answer.fields.only("access-control-allow-origin") == app)
        #expect(answer.fields.only("access-control-allow-methods")?.contains("PUT") == true)
        #expect(answer.fields.only("access-control-allow-headers")?.contains("Authorization") == true)
        #expect(answer.fields.only("access-control-max-age") == "600")
        #expect(answer.fields.only("vary")?.contains("Origin") == true)
        #expect(answer.fields.only("cross-origin-resource-policy") == "cross-origin")
    }

    // Proves: cors
    @Test("Any other preflight is answered as a request without a key is")
    func otherPreflight() async throws {
        for origin in ["https://evil.example", "https://app.example:8443", "http://app.example", "null"] {
            let answer = try await client([app]).send(
                "OPTIONS", "/v1/files/f", key: nil, fields: preflight(from: origin))
            #expect(answer.status == 401)
            #expect(answer.fields.only("access-control-allow-origin") == nil)
            #expect(answer.fields.only("cross-origin-resource-policy") == "same-origin")
        }
        let off = try await TestClient().send(
            "OPTIONS", "/v1/files/f", key: nil, fields: preflight(from: app))
        #expect(off.status == 401)
        #expect(off.fields.only("vary")?.contains("Origin") != true)
    }

    @Test("A method that is not allowed is not named")
    func method() async throws {
        let answer = try await client([app]).send(
            "OPTIONS", "/v1/files/f", key: nil, fields: preflight(from: app, for: "PROPFIND"))
        #expect(answer.fields.only("access-control-allow-methods") == nil)
    }

    @Test("Answers and errors can be read by a page that is allowed, with the fields that it needs")
    func answers() async throws {
        let client = client([app])
        for (target, status) in [("/v1/files/", 200), ("/v1/files/nothing", 404)] {
            let answer = try await client.send("GET", target, fields: ["origin": app])
            #expect(answer.status == status)
            #expect(answer.fields.only("access-control-allow-origin") == app)
            #expect(answer.fields.only("access-control-expose-headers")?.contains("ETag") == true)
            #expect(answer.fields.only("access-control-allow-credentials") == nil)
        }
        let plain = try await client.send("GET", "/v1/files/")
        #expect(plain.fields.only("access-control-allow-origin") == nil)
        #expect(plain.fields.only("vary") == "Origin")
    }

    @Test("Any origin is answered by a star, and never with credentials")
    func anyOrigin() async throws {
        let answer = try await client(["*"], allowsCredentials: true).send(
            "GET", "/v1/files/", fields: ["origin": "https://whoever.example"])
        #expect(answer.fields.only("access-control-allow-origin") == "*")
        #expect(answer.fields.only("access-control-allow-credentials") == nil)
    }

    @Test("Credentials are allowed to a named origin when the settings say so")
    func credentials() async throws {
        let answer = try await client([app], allowsCredentials: true).send(
            "GET", "/v1/files/", fields: ["origin": app])
        #expect(answer.fields.only("access-control-allow-credentials") == "true")
    }

    // Proves: cors
    @Test("By default a page may send every field that the API reads, and read every field that it writes")
    func everything() async throws {
        let client = client([app])
        let question = preflight(from: app).merging(
            ["access-control-request-headers": "authorization, x-callfs-meta-author,x-callfs-meta-\u{1}"]
        ) { old, _ in old }
        let asked = try await client.send("OPTIONS", "/v1/files/f", key: nil, fields: question)
        let allowed = Set(names(asked, "access-control-allow-headers"))
        for operation in APIDescription.operations {
            let fields = operation.allParameters.compactMap(DescribedParameters.fieldName)
            // What browsers send by themselves, and the cookie, needs no leave.
            let unasked = fields.filter { !allowed.contains($0.lowercased()) && $0 != "Accept-Encoding" }
            #expect(unasked == [], "\(operation.id)")
        }
        #expect(allowed.contains("x-callfs-meta-author"))
        #expect(!allowed.contains { $0.contains("*") || $0.contains("\u{1}") })

        let put = try await client.send(
            "PUT", "/v1/files/f", fields: ["origin": app, "x-callfs-meta-author": "Ada"], body: "x")
        let get = try await client.send("GET", "/v1/files/f", fields: ["origin": app])
        for answer in [put, get] {
            #expect(names(answer, "access-control-expose-headers").contains("x-callfs-meta-author"))
        }
        let exposed = Set(names(get, "access-control-expose-headers"))
        // Readable without leave (Fetch, section 2.2.2), of no use to a page, or kept from it.
        let others: Set = [
            "cache-control", "last-modified", "vary", "content-encoding", "x-robots-tag", "set-cookie",
        ]
        for operation in APIDescription.operations {
            for status in 200..<600 {
                let described = Set((operation.fields(status: status) ?? []).map { $0.lowercased() })
                #expect(described.subtracting(exposed).subtracting(others) == [], "\(operation.id)")
            }
        }
    }

    private func names(_ answer: TestClient.Answer, _ field: String) -> [String] {
        (answer.fields.only(field) ?? "").split(separator: ", ").map { $0.lowercased() }
    }
}
