import API
import Domain
import NodeSupport
import Ports
import Synchronization
import TestSupport
import Testing

@Suite("What is written down of a request")
struct ObservationTests {
    /// An audit log that a test reads.
    private final class Audit: AuditLog {
        private let kept = Mutex<[AuditEntry]>([])
        var entries: [AuditEntry] { kept.withLock { $0 } }
        func record(_ entry: @autoclosure () -> AuditEntry) {
            let entry = entry()
            kept.withLock { $0.append(entry) }
        }
    }

    /// Keeps the families, so that a test can ask for the samples of one.
    private final class Registry: MetricsRegistry {
        private let families = Mutex<[String: MetricFamily]>([:])
        let mediaType = "text/plain"
        func register(_ family: MetricFamily) { families.withLock { $0[family.name] = family } }
        func text() async -> [UInt8] { Array("metrics".utf8) }

        /// The value of the only series of a family that is not zero.
        func value(_ name: String) async -> (labels: [String], value: MetricSample.Value)? {
            let samples = await families.withLock { $0[name] }?.collect() ?? []
            let counted = samples.filter { $0.value != .integer(0) }
            guard counted.count == 1, let sample = counted.first else { return nil }
            return (sample.labels.map(\.value), sample.value)
        }
    }

    private let audit = Audit()
    private let registry = Registry()

    private func client() -> TestClient {
        TestClient(observation: Observation(registry: registry, audit: audit))
    }

    @Test("Every change is audited with who, what, where and its outcome")
    func changes() async throws {
        let client = client()
        for _ in 0..<2 { _ = try await client.send("PUT", "/v1/files/a%20b", body: "x") }
        _ = try await client.send("POST", "/v1/files/d/")
        _ = try await client.send("POST", "/v1/files/d/")
        _ = try await client.send("DELETE", "/v1/files/a%20b")
        #expect(
            audit.entries.map { $0.action?.label } == ["create", "replace", "create", "create", "remove"])
        #expect(audit.entries.map(\.path) == ["/a b", "/a b", "/d", "/d", "/a b"])
        #expect(audit.entries.map(\.outcome) == ["ok", "ok", "ok", "FILE_ALREADY_EXISTS", "ok"])
        #expect(audit.entries.map(\.status) == [201, 200, 201, 409, 204])
        #expect(audit.entries.allSatisfy { $0.principal == "ada" && $0.remoteAddress == "127.0.0.1" })
        #expect(audit.entries.allSatisfy { $0.traceID.utf8.count == 32 && !$0.requestID.isEmpty })
    }

    @Test("Whoever has no key or no permission is audited, and a read that succeeds is not")
    func denials() async throws {
        let client = client()
        _ = try await client.send("PUT", "/v1/files/f", fields: ["x-callfs-mode": "0600"], body: "x")
        _ = try await client.send("GET", "/v1/files/f")
        _ = try await client.send("GET", "/v1/files/f", key: TestClient.otherKey)
        _ = try await client.send("GET", "/v1/files/f", key: "no-such-key-at-all")
        let denials = audit.entries.dropFirst()
        #expect(denials.map(\.outcome) == ["PERMISSION_DENIED", "AUTHENTICATION_FAILED"])
        #expect(denials.map(\.principal) == ["bob", "-"])
        #expect(denials.allSatisfy { $0.action == .read && $0.path == "/f" })
        #expect(!denials.contains { "\($0)".contains("no-such-key") })
    }

    @Test("A path that was refused is audited as it was sent, without the query")
    func refusedPath() async throws {
        _ = try await client().send("DELETE", "/v1/files/a/../b?recursive=true")
        #expect(audit.entries.map(\.path) == ["/a/../b"])
    }

    @Test("A request is counted by method, route and status, with its bytes, and is in flight until its end")
    func counts() async throws {
        let client = client()
        _ = try await client.send("PUT", "/v1/files/f", body: "12345")
        let requests = try #require(await registry.value("callfs_http_requests_total"))
        #expect(requests.labels == ["PUT", "/v1/files/{path}", "201"])
        #expect(await registry.value("callfs_http_request_bytes_total")?.value == .integer(5))
        #expect(await registry.value("callfs_http_requests_in_flight") == nil)
        let operations = try #require(await registry.value("callfs_file_operations_total"))
        #expect(operations.labels == ["create", "memory"])
        _ = try await client.send("GET", "/v1/files/nothing-here")
        // A route and no path is in a label; the error has its component.
        let failures = try #require(await registry.value("callfs_errors_total"))
        #expect(failures.labels == ["request", "OTHER"])
    }

    @Test("/metrics needs no key, and is not there when the settings say so")
    func metrics() async throws {
        let answer = try await client().send("GET", "/metrics", key: nil)
        #expect(answer.status == 200)
        #expect(answer.text == "metrics")
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.servesMetrics = false
        let hidden = TestClient(handlerSettings: settings)
        #expect(try await hidden.send("GET", "/metrics", key: nil).status == 404)
    }

    @Test("A listener for metrics has those and /health, and nothing else")
    func metricsOnly() async throws {
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.servesFiles = false
        let client = TestClient(handlerSettings: settings)
        #expect(try await client.send("GET", "/metrics", key: nil).status == 200)
        #expect(try await client.send("GET", "/health", key: nil).status == 200)
        for target in ["/v1/files/", "/v1/whoami", "/openapi.json", "/v1/directories/"] {
            #expect(try await client.send("GET", target).status == 404)
        }
    }

    @Test("A trace that the client began is the trace of the request; another is begun here")
    func trace() async throws {
        let client = client()
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        for field in ["00-\(trace)-00f067aa0ba902b7-01", "00-\(trace)-0-01"] {
            _ = try await client.send("POST", "/v1/files/d/", fields: ["traceparent": field])
        }
        #expect(audit.entries.map { $0.traceID == trace } == [true, false])
    }
}
