import API
import Domain
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Rate limits over the API")
struct RateLimitTests {
    private static func settings(_ route: LimitedRoute, _ limit: RouteRateLimit) -> RateLimitSettings {
        RateLimitSettings(routes: [route: limit], authenticationFailures: nil)
    }

    private static let slow = RateLimit(interval: .seconds(10), burst: 2)

    // Proves: limits
    @Test("More than the burst is refused until time has passed, and every answer says how it stands")
    func perKey() async throws {
        let client = TestClient(rateLimits: Self.settings(.files, RouteRateLimit(perKey: Self.slow)))
        let first = try await client.send("PUT", "/v1/files/f", body: "x")
        #expect(first.status == 201)
        #expect(first.fields.only("ratelimit-policy") == #""files-key";q=2;w=20"#)
        #expect(first.fields.only("ratelimit") == #""files-key";r=1;t=10"#)
        #expect(first.fields.only("retry-after") == nil)
        let missing = try await client.send("GET", "/v1/files/missing")
        #expect(missing.status == 404 && missing.fields.only("ratelimit") == #""files-key";r=0;t=10"#)
        client.world.time.advance(by: .milliseconds(2_500))
        let refused = try await client.send("GET", "/v1/files/f")
        #expect(refused.status == 429 && refused.text.contains("RATE_LIMIT_EXCEEDED"))
        #expect(refused.fields.only("retry-after") == "8")
        #expect(refused.fields.only("ratelimit") == #""files-key";r=0;t=8"#)
        #expect(refused.fields.only("ratelimit-policy") == #""files-key";q=2;w=20"#)
        #expect(try await client.send("GET", "/v1/files/f", key: TestClient.otherKey).status == 200)
        #expect(try await client.send("GET", "/v1/whoami").fields.only("ratelimit") == nil)
        client.world.time.advance(by: .milliseconds(7_500))
        #expect(try await client.send("GET", "/v1/files/f").text == "x")
    }

    @Test("Who is counted by key and by address needs a token of both, and loses none for a refusal")
    func both() async throws {
        let wide = RateLimit(interval: .seconds(10), burst: 3)
        let client = TestClient(
            rateLimits: Self.settings(.system, RouteRateLimit(perKey: Self.slow, perAddress: wide)))
        func standing(_ key: String) async throws -> (Int, String?) {
            let answer = try await client.send("GET", "/v1/whoami", key: key)
            return (answer.status, answer.fields.only("ratelimit"))
        }
        #expect(
            try await standing(TestClient.key) == (200, #""system-key";r=1;t=10, "system-address";r=2;t=10"#))
        #expect(
            try await standing(TestClient.key) == (200, #""system-key";r=0;t=10, "system-address";r=1;t=10"#))
        #expect(
            try await standing(TestClient.key) == (429, #""system-key";r=0;t=10, "system-address";r=1;t=10"#))
        #expect(
            try await standing(TestClient.otherKey) == (
                200, #""system-key";r=1;t=10, "system-address";r=0;t=10"#
            ))
        #expect(
            try await standing(TestClient.otherKey) == (
                429, #""system-key";r=1;t=10, "system-address";r=0;t=10"#
            ))
    }

    @Test("Failed authentications are counted by address, and a right key is let in all the same")
    func failures() async throws {
        let client = TestClient(
            rateLimits: RateLimitSettings(routes: [:], authenticationFailures: Self.slow))
        for (key, left) in [("wrong-key-0123456789", 1), (nil, 0)] {
            let answer = try await client.send("GET", "/v1/whoami", key: key)
            #expect(answer.status == 401)
            #expect(answer.fields.only("ratelimit") == #""authentication-failures";r=\#(left);t=10"#)
            #expect(answer.fields.only("ratelimit-policy") == #""authentication-failures";q=2;w=20"#)
        }
        let refused = try await client.send("GET", "/v1/whoami", key: "another-key-0123456789")
        #expect(refused.status == 429 && refused.fields.only("retry-after") == "10")
        #expect(refused.fields.only("ratelimit-policy") == #""authentication-failures";q=2;w=20"#)
        #expect(try await client.send("GET", "/v1/whoami").status == 200)
        #expect(try await client.send("GET", "/health", key: nil).status == 200)
    }

    // Proves: limits
    @Test("A method that a resource does not have is counted as well, and the answer says so")
    func otherMethods() async throws {
        let client = TestClient(rateLimits: Self.settings(.system, RouteRateLimit(perAddress: Self.slow)))
        for left in [1, 0] {
            let answer = try await client.send("DELETE", "/health", key: nil)
            #expect(answer.status == 405 && answer.fields.only("allow") == "GET, HEAD, OPTIONS")
            #expect(answer.fields.only("ratelimit") == #""system-address";r=\#(left);t=10"#)
        }
        #expect(try await client.send("DELETE", "/health", key: nil).status == 429)
    }

    @Test("Downloads are counted by address, and a refusal uses nothing up")
    func downloads() async throws {
        let client = TestClient(rateLimits: Self.settings(.downloads, RouteRateLimit(perAddress: Self.slow)))
        _ = try await client.send("PUT", "/v1/files/f", body: "x")
        let made = try await client.send(
            "POST", "/v1/links/generate", body: #"{"path":"/f","expiry_seconds":600}"#)
        let token = try #require(made.text.split(separator: "\"").dropFirst(7).first)
        for _ in 0..<2 {
            #expect(try await client.send("HEAD", "/download/" + token, key: nil).status == 200)
        }
        #expect(try await client.send("GET", "/download/" + token, key: nil).status == 429)
        client.world.time.advance(by: .seconds(10))
        #expect(try await client.send("GET", "/download/" + token, key: nil).text == "x")
    }

    @Test("Limits are replaced while the server runs")
    func update() async throws {
        let time = ManualTime()
        let limiter = RateLimiter(
            settings: Self.settings(.system, RouteRateLimit(perAddress: Self.slow)), time: time)
        let world = TestNode()
        let handler = CallFSHandler(
            node: world.node, identities: Identities(principals: [:]),
            linkSigner: LinkSigner(secret: [1], previous: nil, hash: TestKeyedHash()), limiter: limiter,
            settings: HandlerSettings(externalURL: "https://files.example"))
        func health(from address: String) async -> Int {
            await handler.respond(
                to: HTTPRequest(
                    method: .get, target: "/health", fields: HTTPFields(), contentLength: 0,
                    body: BytesStream([]), remoteAddress: address, isSecure: true)
            ).status
        }
        for expected in [200, 200, 429] { #expect(await health(from: "2001:db8::1") == expected) }
        #expect(await health(from: "2001:db8::2") == 429)
        #expect(await health(from: "2001:db8:0:1::1") == 200)
        limiter.update(.unlimited)
        #expect(await health(from: "2001:db8::1") == 200)
        limiter.update(Self.settings(.system, RouteRateLimit(perAddress: Self.slow)))
        #expect(await health(from: "2001:db8::1") == 429)
    }
}
