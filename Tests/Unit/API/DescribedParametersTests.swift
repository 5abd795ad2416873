import Domain
import Ports
import Testing

@testable import API

/// What is described as a parameter has an effect, and what is not has none or is refused.
@Suite("The parameters of the description are those that count")
struct DescribedParametersTests {
    /// A request that goes well, on a server on which all that it needs is there.
    private struct Baseline {
        let method: String
        let target: String
        var fields: [String: String] = [:]
        var body = ""
    }

    /// A field whose value makes another answer wherever the field counts.
    private struct Probe {
        let parameter: String
        let field: String
        let value: String
        /// The value is refused where the field counts; else a refusal says that it does not.
        var isWrong = false
    }

    private static let json = ["content-type": "application/json"]

    /// Some operations need several: what counts for a copy does not for an upload.
    private static let baselines = reads + changes

    private static let reads = ["GET", "HEAD"].flatMap { method -> [Baseline] in
        [
            Baseline(method: method, target: "/v1/files/f"),
            Baseline(method: method, target: "/v1/files/f", fields: ["range": "bytes=0-0"]),
            Baseline(method: method, target: "/v1/files/d"),
            Baseline(method: method, target: "/v1/files/f?access=explain&right=read"),
            Baseline(method: method, target: "/v1/directories/d"),
            Baseline(method: method, target: "/v1/whoami"), Baseline(method: method, target: "/health"),
            Baseline(method: method, target: "/health/ready"),
            Baseline(method: method, target: "/openapi.json"), Baseline(method: method, target: "/metrics"),
            Baseline(method: method, target: "CLAIMED"),
            Baseline(method: method, target: "CLAIMED", fields: ["x-callfs-claim": "CLAIM"]),
            Baseline(
                method: method, target: "CLAIMED",
                fields: ["x-callfs-claim": "CLAIM", "range": "bytes=0-0"]),
        ]
    }

    private static let changes = [
        Baseline(method: "PUT", target: "/v1/files/f", body: "new"),
        Baseline(method: "PUT", target: "/v1/files/new", body: "new"),
        Baseline(method: "POST", target: "/v1/files/new", body: "new"),
        Baseline(method: "POST", target: "/v1/files/g?copy_from=/f&overwrite=true"),
        Baseline(
            method: "POST", target: "/v1/files/d?parents=true", fields: json, body: #"{"type":"directory"}"#),
        Baseline(method: "PATCH", target: "/v1/files/f", fields: json, body: #"{"mode":"0600"}"#),
        Baseline(method: "DELETE", target: "/v1/files/f"),
        Baseline(method: "COPY", target: "/v1/files/f", fields: ["destination": "/v1/files/new"]),
        Baseline(method: "COPY", target: "/v1/files/f", fields: ["destination": "/v1/files/g"]),
        Baseline(
            method: "POST", target: "/v1/links/generate", body: #"{"path":"/f","expiry_seconds":60}"#),
    ]

    private static let noDigest = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"

    private static let probes: [Probe] = [
        Probe(parameter: "IfMatch", field: "if-match", value: "\"none\""),
        Probe(parameter: "IfNoneMatch", field: "if-none-match", value: "*"),
        Probe(
            parameter: "IfModifiedSince", field: "if-modified-since", value: "Thu, 01 Jan 2026 00:00:00 GMT"),
        Probe(
            parameter: "IfUnmodifiedSince", field: "if-unmodified-since",
            value: "Thu, 01 Jan 1970 00:00:00 GMT"),
        Probe(parameter: "Range", field: "range", value: "bytes=1-2"),
        Probe(parameter: "IfRange", field: "if-range", value: "\"none\""),
        Probe(parameter: "Mode", field: "x-callfs-mode", value: "0600"),
        Probe(parameter: "MTime", field: "x-callfs-mtime", value: "2001-01-01T00:00:00Z"),
        Probe(parameter: "ContentDigest", field: "content-digest", value: noDigest),
        Probe(parameter: "ReprDigest", field: "repr-digest", value: noDigest),
        Probe(parameter: "WantReprDigest", field: "want-repr-digest", value: "crc32c=1"),
        Probe(parameter: "WantContentDigest", field: "want-content-digest", value: "crc32c=1"),
        Probe(parameter: "IdempotencyKey", field: "idempotency-key", value: "used"),
        Probe(parameter: "Destination", field: "destination", value: "/v1/files/elsewhere"),
        Probe(parameter: "OverwriteField", field: "overwrite", value: "T"),
        Probe(parameter: "Depth", field: "depth", value: "0", isWrong: true),
        Probe(parameter: "Claim", field: "x-callfs-claim", value: "CLAIM"),
        Probe(parameter: "ClaimCookie", field: "cookie", value: "callfs_claim=CLAIM"),
        Probe(parameter: "AcceptEncoding", field: "accept-encoding", value: "gzip"),
        Probe(parameter: "RequestID", field: "x-request-id", value: "mine"),
    ]

    /// A server with what the requests need. Each is the same.
    private static func server() async throws -> TestClient {
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.coding = ResponseCoding(BracketCompression(), bytesMin: 0)
        let client = TestClient(handlerSettings: settings)
        for path in ["f", "g"] { _ = try await client.send("PUT", "/v1/files/" + path, body: "hello") }
        _ = try await client.send("POST", "/v1/files/d/")
        _ = try await client.send("PUT", "/v1/files/used", fields: ["idempotency-key": "used"], body: "x")
        return client
    }

    /// Answers to a baseline with other fields. What changes nothing goes to `shared`, all else to a
    /// server of its own.
    private static func send(
        _ baseline: Baseline, _ more: [String: String], query: String = "", to shared: TestClient
    ) async throws -> TestClient.Answer {
        var fields = baseline.fields.merging(["x-request-id": "same"]) { old, _ in old }
        fields.merge(more) { _, new in new }
        var target = baseline.target
        let isClaim = target == "CLAIMED"
        let isHarmless = !isClaim && ["GET", "HEAD"].contains(baseline.method)
        let client = isHarmless ? shared : try await server()
        if isClaim {
            let made = try await client.send(
                "POST", "/v1/links/generate", body: #"{"path":"/f","expiry_seconds":60}"#)
            target = "/download/" + (made.text.split(separator: "\"").dropFirst(7).first ?? "")
            let claimed = try await client.send("GET", target, key: nil, fields: ["range": "bytes=0-1"])
            let claim = claimed.fields.only("x-callfs-claim") ?? ""
            for (name, value) in fields { fields[name] = value.replacing("CLAIM", with: claim) }
        }
        return try await client.send(
            baseline.method, target + query, fields: fields, body: baseline.body)
    }

    private static func all(_ fields: HTTPFields) -> [HTTPFields.Field] {
        fields.all + fields.blocks.flatMap(\.fields)
    }

    private static func counts(
        _ probe: Probe, for baseline: Baseline, answered plain: TestClient.Answer, on shared: TestClient
    ) async throws -> Bool {
        guard baseline.fields[probe.field] == nil || probe.field == "destination" else { return false }
        let probed = try await send(baseline, [probe.field: probe.value], to: shared)
        let isRefused =
            probed.status == 400 && (probed.body.isEmpty || probed.text.contains("INVALID_REQUEST"))
        if isRefused { return probe.isWrong }
        return plain.status != probed.status || all(plain.fields) != all(probed.fields)
            || plain.body != probed.body
    }

    private static func operation(of baseline: Baseline) -> DescribedOperation? {
        let target = baseline.target.hasPrefix("CLAIMED") ? "/download/x" : baseline.target
        return DescribedAnswers.operation(baseline.method, target)
    }

    // Proves: described
    @Test(
        "A header field counts exactly where it is described",
        arguments: APIDescription.operations.map(\.id))
    func fields(id: String) async throws {
        let operation = try #require(APIDescription.operations.first { $0.id == id })
        let ofOperation = Self.baselines.filter { Self.operation(of: $0)?.id == id }
        #expect(!ofOperation.isEmpty, "nothing asks for \(id)")
        let shared = try await Self.server()
        var counting: Set<String> = []
        for baseline in ofOperation {
            let plain = try await Self.send(baseline, [:], to: shared)
            for probe in Self.probes where !counting.contains(probe.parameter) {
                if try await Self.counts(probe, for: baseline, answered: plain, on: shared) {
                    counting.insert(probe.parameter)
                }
            }
        }
        let described = Set(operation.allParameters).intersection(Self.probes.map(\.parameter))
        #expect(counting == described)
    }

    @Test("Every header field that is described is probed, but for those that only the log shows")
    func probesAreComplete() {
        let names = Set(APIDescription.operations.flatMap(\.allParameters))
        let ofFields = names.filter { ["header", "cookie"].contains(DescribedParameters.text("in", of: $0)) }
        #expect(ofFields == Set(Self.probes.map(\.parameter)).union(["Traceparent", "Tracestate"]))
    }

    private static func queryParameters() -> [String] {
        guard case .object(let members) = DescribedParameters.all else { return [] }
        return members.map(\.name).filter { DescribedParameters.text("in", of: $0) == "query" }
    }

    @Test("A query parameter is known exactly where it is described")
    func query() async throws {
        #expect(Self.queryParameters().count > 8)
        let shared = try await Self.server()
        for operation in APIDescription.operations where operation.method != .head {
            let ofOperation = Self.baselines.filter { Self.operation(of: $0)?.id == operation.id }
            for parameter in Self.queryParameters() {
                let name = try #require(DescribedParameters.text("name", of: parameter))
                var isKnown = ofOperation.contains { $0.target.contains(name + "=") }
                for baseline in ofOperation where !isKnown {
                    let mark = baseline.target.contains("?") ? "&" : "?"
                    let answer = try await Self.send(baseline, [:], query: "\(mark)\(name)=", to: shared)
                    isKnown = !answer.text.contains("There is no query parameter '\(name)'")
                }
                #expect(isKnown == operation.parameters.contains(parameter), "\(name) for \(operation.id)")
            }
        }
    }

    @Test("HEAD takes the query that GET takes")
    func queryOfHead() throws {
        for head in APIDescription.operations where head.method == .head {
            let get = try #require(
                APIDescription.operations.first { $0.template == head.template && $0.method == .get })
            let query = Set(Self.queryParameters())
            #expect(
                query.intersection(head.parameters) == query.intersection(get.parameters), "\(head.id)")
        }
    }
}
