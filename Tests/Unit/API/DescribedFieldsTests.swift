import Domain
import NodeSupport
import Ports
import Services
import Testing

@testable import API

/// The other direction of what `DescribedAnswers` compares: what is described is sent.
@Suite("The fields of the description are sent")
struct DescribedFieldsTests {
    private typealias Request = (method: String, target: String, fields: [String: String], body: String)

    private static let origin = "https://app.example"

    private static func client() -> TestClient {
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.coding = ResponseCoding(BracketCompression(), bytesMin: 0)
        settings.crossOrigin = CrossOriginPolicy(allowedOrigins: [origin])
        let limit = RouteRateLimit(perAddress: .perSecond(1000, burst: 1000))
        var limits: [LimitedRoute: RouteRateLimit] = [:]
        for route in LimitedRoute.allCases { limits[route] = limit }
        return TestClient(
            handlerSettings: settings,
            rateLimits: RateLimitSettings(
                routes: limits, authenticationFailures: .perSecond(1000, burst: 1000)))
    }

    /// What every operation can say when all goes well, and most of what it says when something does not.
    private static let requests: [Request] = [
        ("PUT", "/v1/files/d/f", [:], "hello"), ("PUT", "/v1/files/d/f", [:], "world"),
        ("PUT", "/v1/files/d/f", ["if-none-match": "*"], "no"), ("PUT", "/v1/files/d", [:], "no"),
        ("PUT", "/v1/files/d/bad", ["content-digest": "md5=:AAAA:"], "x"),
        ("PUT", "/v1/files/d/bad", ["repr-digest": "md5=:AAAA:"], "x"),
        ("PUT", "/v1/files/d/bad", ["content-encoding": "gzip"], "x"),
        ("PUT", "/v1/files/d/once", ["idempotency-key": "a"], "x"),
        ("PUT", "/v1/files/d/once", ["idempotency-key": "a"], "x"),
        ("PUT", "/v1/files/d/once", ["idempotency-key": "a"], "y"),
        ("PUT", "/v1/files/d/once", ["idempotency-key": "b"], "x"),
        ("PUT", "/v1/files/d/once", ["idempotency-key": "b"], "x"),
        ("POST", "/v1/files/d/posted", ["idempotency-key": "c"], "x"),
        ("POST", "/v1/files/d/posted", ["idempotency-key": "c"], "x"),
        ("POST", "/v1/files/d/posted", ["idempotency-key": "d"], "x"),
        ("POST", "/v1/files/d/posted", ["idempotency-key": "d"], "x"),
        ("POST", "/v1/files/d?parents=true", ["content-type": "application/json"], #"{"type":"directory"}"#),
        ("POST", "/v1/files/d/posted?copy_from=/d/f&overwrite=true", ["idempotency-key": "e"], ""),
        ("POST", "/v1/files/d/posted?copy_from=/d/f&overwrite=true", ["idempotency-key": "e"], ""),
        (
            "POST", "/v1/files/link", ["content-type": "application/json"],
            #"{"type":"symlink","target":"d/f"}"#
        ),
        ("PATCH", "/v1/files/d/once", ["content-type": "text/plain"], "{}"),
        (
            "PATCH", "/v1/files/d/once", ["content-type": "application/json", "idempotency-key": "g"],
            #"{"name":"twice"}"#
        ),
        (
            "PATCH", "/v1/files/d/once", ["content-type": "application/json", "idempotency-key": "g"],
            #"{"name":"twice"}"#
        ),
        ("PATCH", "/v1/files/link", ["content-type": "application/json"], #"{"name":"link2"}"#),
        (
            "PATCH", "/v1/files/none", ["content-type": "application/json", "idempotency-key": "h"],
            #"{"name":"twice"}"#
        ),
        (
            "PATCH", "/v1/files/none", ["content-type": "application/json", "idempotency-key": "h"],
            #"{"name":"twice"}"#
        ),
        ("COPY", "/v1/files/d/f", ["destination": "/v1/files/g", "idempotency-key": "i"], ""),
        ("COPY", "/v1/files/d/f", ["destination": "/v1/files/g", "idempotency-key": "i"], ""),
        (
            "COPY", "/v1/files/d/f",
            ["destination": "/v1/files/g", "overwrite": "T", "idempotency-key": "j"], ""
        ),
        (
            "COPY", "/v1/files/d/f",
            ["destination": "/v1/files/g", "overwrite": "T", "idempotency-key": "j"], ""
        ),
        ("DELETE", "/v1/files/g", ["idempotency-key": "k"], ""),
        ("DELETE", "/v1/files/g", ["idempotency-key": "k"], ""),
        ("DELETE", "/v1/files/d", [:], ""),
        ("DELETE", "/health", [:], ""), ("BREW", "/v1/files/d", [:], ""),
        ("PUT", "/v1/files/d", ["idempotency-key": "l"], ""),
        ("PUT", "/v1/files/d", ["idempotency-key": "l"], ""),
        ("PUT", "/v1/files/d/f", ["if-match": "\"other\"", "idempotency-key": "m"], ""),
        ("PUT", "/v1/files/d/f", ["if-match": "\"other\"", "idempotency-key": "m"], ""),
        ("PUT", "/v1/files/d/closed", ["x-callfs-mode": "0600"], "x"),
    ]

    /// Of somebody else.
    private static let refused: [Request] = [
        ("PUT", "/v1/files/d/f", ["idempotency-key": "n"], "x"),
        ("PUT", "/v1/files/d/f", ["idempotency-key": "n"], "x"), ("GET", "/v1/files/d/closed", [:], ""),
    ]

    private static let reads = ["GET", "HEAD"].flatMap { method -> [Request] in
        [
            (method, "/v1/files/d/f", ["want-content-digest": "sha-256=1"], ""),
            (method, "/v1/files/d/f", ["range": "bytes=0-0"], ""), (method, "/v1/files/d/f/", [:], ""),
            (method, "/v1/files/d/f", ["range": "bytes=9-"], ""),
            (method, "/v1/files/d/f", ["if-none-match": "*"], ""),
            (method, "/v1/files/d/f", ["if-match": "\"other\""], ""),
            (method, "/v1/files/link2?follow=false", [:], ""),
            (method, "/v1/files/link2?follow=false", ["if-none-match": "*"], ""),
            (method, "/v1/files/d?limit=1", [:], ""), (method, "/v1/files/none", [:], ""),
            (method, "/v1/files/d?colour=red", [:], ""), (method, "/v1/directories/d", [:], ""),
            (method, "/v1/whoami", [:], ""), (method, "/health", [:], ""),
            (method, "/health/ready", [:], ""), (method, "/openapi.json", [:], ""),
            (method, "/metrics", [:], ""), (method, "/download/none", [:], ""),
        ]
    }

    /// What was seen of each operation by status.
    private struct Seen {
        var names: [String: [Int: Set<String>]] = [:]

        mutating func note(_ method: String, _ target: String, _ answer: TestClient.Answer) {
            // A method that a resource does not have is nobody's operation.
            let id = DescribedAnswers.operation(method, target)?.id ?? "none"
            names[id, default: [:]][answer.status, default: []].formUnion(
                DescribedAnswers.names(answer.fields))
        }

        func ofStatus(_ status: Int) -> Set<String> {
            names.values.reduce(into: []) { $0.formUnion($1[status] ?? []) }
        }
    }

    private static func crawl() async throws -> Seen {
        var seen = Seen()
        let client = client()
        func send(_ request: Request, key: String? = TestClient.key) async throws -> TestClient.Answer {
            let common = ["origin": origin, "accept-encoding": "gzip"]
            let answer = try await client.send(
                request.method, request.target, key: key,
                fields: request.fields.merging(common) { old, _ in old }, body: request.body)
            seen.note(request.method, request.target, answer)
            return answer
        }
        for request in requests + reads { _ = try await send(request) }
        for method in ["GET", "HEAD"] {
            for target in ["/v1/whoami", "/health", "/health/ready", "/openapi.json", "/metrics"] {
                _ = try await send((method, target, ["if-none-match": "*"], ""))
                _ = try await send((method, target, ["if-match": "\"other\""], ""))
            }
        }
        for request in requests.prefix(1) + reads.prefix(1) { _ = try await send(request, key: nil) }
        for request in refused { _ = try await send(request, key: TestClient.otherKey) }
        let made = try await send(
            ("POST", "/v1/links/generate", [:], #"{"path":"/d/f","expiry_seconds":60}"#))
        let link = "/download/" + (try #require(made.text.split(separator: "\"").dropFirst(7).first))
        let tag = try #require(try await send(("HEAD", link, [:], "")).fields.only("etag"))
        for method in ["HEAD", "GET"] {
            _ = try await send((method, link, ["if-none-match": tag], ""))
            _ = try await send((method, link, ["if-match": "\"other\""], ""))
            _ = try await send((method, link, ["sec-purpose": "prefetch"], ""))
        }
        let part = try await send(("GET", link, ["range": "bytes=0-0"], ""))
        let claim = try #require(part.fields.only("x-callfs-claim"))
        _ = try await send(
            ("GET", link, ["x-callfs-claim": claim, "want-content-digest": "sha-256=1"], ""))
        _ = try await send(("GET", link, [:], ""))
        let again = try await send(
            ("POST", "/v1/links/generate", [:], #"{"path":"/d/f","expiry_seconds":60}"#))
        let fresh = ["want-content-digest": "sha-256=1"]
        _ = try await send(
            ("GET", "/download/" + (again.text.split(separator: "\"").dropFirst(7).first ?? ""), fresh, ""))
        return seen
    }

    // Proves: described
    @Test("Every answer that is described as a success is given, with every field that it is said to have")
    func successes() async throws {
        let seen = try await Self.crawl()
        for operation in APIDescription.operations {
            for status in operation.answers.map(\.status) where status != 503 {
                let sent = seen.names[operation.id]?[status]
                #expect(sent != nil, "\(operation.id) was never answered with \(status)")
                let missing = DescribedAnswers.described(operation, status)?.subtracting(sent ?? [])
                #expect(
                    missing == [], "\(operation.id), \(status): described and never sent: \(missing ?? [])")
            }
        }
    }

    // Proves: described
    @Test("Every field that an error is said to have is sent with an error of that status")
    func errors() async throws {
        let seen = try await Self.crawl()
        let shapes = ErrorResponses(contents: TestNode().node.contents)
        let failures: [Failure] = [
            .locked, .instanceUnavailable(try #require(InstanceID("node-2"))), .metadataUnavailable,
        ]
        let ofFailures = failures.map(shapes.answer(to:))
        // Of these the crawl has seen one or the failures above tell: all that have fields of their own.
        let statuses: Set = [400, 401, 403, 404, 405, 409, 410, 412, 415, 416, 422, 423, 502, 503]
        for operation in APIDescription.operations {
            for status in statuses {
                guard let described = DescribedAnswers.described(operation, status) else { continue }
                var sent = seen.ofStatus(status)
                for answer in ofFailures where answer.status == status {
                    sent.formUnion(answer.fields.map(\.name))
                    // What goes with any error.
                    sent.formUnion(seen.ofStatus(404))
                }
                if status == 409 { sent.insert("retry-after") }
                let missing = described.subtracting(sent)
                #expect(missing == [], "\(operation.id), \(status): described and never sent: \(missing)")
            }
        }
    }
}
