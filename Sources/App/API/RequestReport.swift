import Domain
import Ports
import Services

/// What is written down of a request: the access log, the audit log, and the causes of failures.
extension CallFSHandler {
    /// Gives a request its id, its client's own when a log can hold that, and its place in a trace.
    func identify(_ request: HTTPRequest) {
        let (high, low) = node.dependencies.entropy.random128()
        if let given = request.fields.only("x-request-id"), Self.isWellFormed(given) {
            request.log.requestID = given
        } else {
            request.log.requestID = Identifier(high: high, low: low).description
        }
        let received = request.fields.only("traceparent").flatMap {
            TraceContext(traceparent: $0, tracestate: request.fields.joined("tracestate"))
        }
        request.log.trace = received ?? TraceContext(high: high, low: low)
    }

    func freshRequestID() -> String {
        let (high, low) = node.dependencies.entropy.random128()
        return Identifier(high: high, low: low).description
    }

    private static func isWellFormed(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// Called once for every request, when its answer is decided.
    func report(_ request: HTTPRequest, status: Int, _ failure: ErrorAnswer?) {
        if request.log.action == .replace, status == 201 { request.log.action = .create }
        if let failure, failure.status >= 400 {
            observation.metrics.failed(code: failure.code)
            if let cause = failure.cause { logFailure(failure, cause, request) }
        }
        let isDenial = failure?.code == "AUTHENTICATION_FAILED" || failure?.code == "PERMISSION_DENIED"
        if isDenial || request.log.action?.changesSomething == true {
            audit(request, status: status, outcome: failure?.code ?? "ok")
        }
    }

    private func audit(_ request: HTTPRequest, status: Int, outcome: String) {
        let log = request.log
        observation.audit.record(
            AuditEntry(
                action: log.action, principal: log.principal, path: log.path ?? Self.auditedPath(request),
                destination: log.destination, outcome: outcome, status: status, requestID: log.requestID,
                traceID: log.trace.traceID, remoteAddress: request.remoteAddress))
    }

    /// The path that a target names; else the route, since what stands there may be a secret.
    private static func auditedPath(_ request: HTTPRequest) -> String {
        let target = RequestTarget(request.target)
        guard let (route, rest) = Route.match(target.path), route == .files || route == .directories else {
            return request.log.route
        }
        guard let requested = try? RequestedPath(percentEncoded: rest) else {
            // Refused, and still of interest. Logs cut and escape it.
            return String(rest)
        }
        return requested.path.description
    }

    /// What an operator needs to find out why a client was told that something went wrong.
    private func logFailure(_ error: ErrorAnswer, _ cause: String, _ request: HTTPRequest) {
        node.dependencies.log.log(
            .error, "a request failed",
            [
                LogField("request_id", request.log.requestID), LogField("method", request.method.token),
                LogField("trace_id", request.log.trace.traceID),
                LogField("route", request.log.route), LogField("status", error.status),
                LogField("code", error.code), LogField("cause", cause),
            ])
    }

    func logAccess(
        _ request: HTTPRequest, status: Int, bytesSent: UInt64, took duration: Duration,
        outcome: HTTPExchangeOutcome
    ) {
        let log = request.log
        guard log.isWanted, node.dependencies.log.isEnabled(.info) else { return }
        node.dependencies.log.log(
            outcome == .failed ? .error : .info, "request",
            [
                LogField("request_id", log.requestID), LogField("trace_id", log.trace.traceID),
                LogField("method", request.method.token), LogField("route", log.route),
                LogField("status", status), LogField("principal", log.principal),
                LogField("bytes_in", request.bodyBytesReceived), LogField("bytes_out", bytesSent),
                LogField("duration_us", duration.wholeNanoseconds / 1_000),
                LogField("remote", request.remoteAddress), LogField("protocol", request.version.rawValue),
                LogField("outcome", Self.word(for: outcome)),
            ])
    }

    private static func word(for outcome: HTTPExchangeOutcome) -> String {
        switch outcome {
        case .completed: "completed"
        case .aborted: "aborted"
        case .failed: "failed"
        }
    }
}

extension FileAction {
    /// What a request does, as far as method and route tell; nil when it does nothing to files.
    init?(_ method: HTTPMethod, _ route: Route) {
        switch (route, method) {
        case (.files, .get): self = .read
        case (.files, .head), (.directories, .head): self = .stat
        case (.files, .post): self = .create
        case (.files, .put): self = .replace
        case (.files, .patch): self = .attributes
        case (.files, .delete): self = .remove
        case (.files, .copy): self = .copy
        case (.directories, .get): self = .list
        case (.links, .post): self = .issueLink
        case (.downloads, .get): self = .claimLink
        default: return nil
        }
    }
}
