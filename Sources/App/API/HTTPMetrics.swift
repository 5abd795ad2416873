import Domain
package import Ports

/// What is counted of every request, by method, route and status. A request costs a few atomic additions.
package final class HTTPMetrics: Sendable {
    private static let methods: [HTTPMethod] = [
        .get, .head, .post, .put, .patch, .delete, .copy, .options,
    ]
    /// Statuses that this server or the HTTP machinery below it gives; any other counts as `other`.
    private static let statuses = [
        200, 201, 204, 206, 207, 304, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414,
        415, 416, 417, 421, 422, 423, 428, 429, 431, 500, 501, 502, 503, 504, 505, 507,
    ]
    private static let placeOfStatus: [UInt8] = {
        var places = [UInt8](repeating: UInt8(statuses.count), count: 600)
        for (place, status) in statuses.enumerated() { places[status] = UInt8(place) }
        return places
    }()
    /// What the errors that clients are told of come from. Other codes are the request's own fault.
    private static let errors: [(component: String, code: String)] = [
        ("metadata", "METADATA_UNAVAILABLE"), ("backend", "BACKEND_UNAVAILABLE"),
        ("backend", "INSUFFICIENT_STORAGE"), ("locks", "LOCKS_UNAVAILABLE"), ("locks", "LOCKED"),
        ("locks", "WRITE_SUPERSEDED"), ("peers", "INSTANCE_UNAVAILABLE"), ("server", "INTERNAL_ERROR"),
        ("server", "DEADLINE_EXCEEDED"), ("server", "SHUTTING_DOWN"), ("access", "AUTHENTICATION_FAILED"),
        ("access", "PERMISSION_DENIED"), ("limits", "RATE_LIMIT_EXCEEDED"), ("limits", "PAYLOAD_TOO_LARGE"),
        ("request", "DIGEST_MISMATCH"), ("request", "INVALID_PATH"), ("request", "INVALID_REQUEST"),
        ("request", "REQUEST_TIMEOUT"), ("request", "OTHER"),
    ]
    private static let placeOfError = Dictionary(
        uniqueKeysWithValues: errors.enumerated().map { ($0.element.code, $0.offset) })

    private let requests: Counters
    private let durations: Histograms
    private let inFlight: Gauges
    private let bytesReceived: Counters
    private let bytesSent: Counters
    private let failures: Counters
    private let operations: Counters
    private let linksIssued: Counters
    private let linksClaimed: Counters

    package init(_ registry: any MetricsRegistry = UnseenMetrics()) {
        let methods = MetricLabel("method", Self.methods.map(\.token) + ["other"])
        let routes = MetricLabel("route", Route.allCases.map(\.template) + ["unmatched"])
        let statuses = MetricLabel("status", Self.statuses.map { String($0) } + ["other"])
        requests = registry.counters(
            "callfs_http_requests_total", "Requests answered, whatever the answer.",
            MetricSeries([methods, routes, statuses]))
        durations = registry.histograms(
            "callfs_http_request_duration_seconds",
            "From the head of a request to the last byte of its answer.",
            MetricSeries([methods, routes]), buckets: Histograms.requestBuckets)
        inFlight = registry.gauges(
            "callfs_http_requests_in_flight", "Requests whose answer is not out yet.")
        bytesReceived = registry.counters(
            "callfs_http_request_bytes_total", "Bytes of request bodies that were read.")
        bytesSent = registry.counters("callfs_http_response_bytes_total", "Bytes of response bodies sent.")
        failures = registry.counters(
            "callfs_errors_total", "Errors that clients were told of, by what they come from.",
            MetricSeries(
                only: Self.errors.map {
                    [MetricPair("component", $0.component), MetricPair("code", $0.code)]
                }
            ))
        operations = registry.counters(
            "callfs_file_operations_total", "Operations on files and directories that succeeded.",
            MetricSeries([
                MetricLabel("operation", FileAction.allCases.map(\.label)),
                MetricLabel("backend_type", BackendKind.allCases.map(\.rawValue)),
            ]))
        linksIssued = registry.counters(
            "callfs_single_use_link_generations_total", "Download links that were made.")
        linksClaimed = registry.counters(
            "callfs_single_use_link_consumptions_total", "Requests for download links, by how they ended.",
            MetricSeries([MetricLabel("status", ["ok", "gone", "not_found", "failed"])]))
    }

    func began() { inFlight.increment() }

    func ended(
        _ request: HTTPRequest, status: Int, bytesSent sent: UInt64, took duration: Duration,
        backend: BackendKind
    ) {
        inFlight.decrement()
        let method = Self.methods.firstIndex(of: request.method) ?? Self.methods.count
        let route = request.log.routePlace ?? Route.allCases.count
        requests.add(at: requests.series.place(method, route, Self.place(ofStatus: status)))
        durations.observe(duration, at: durations.series.place(method, route))
        let received = request.bodyBytesReceived
        if received > 0 { bytesReceived.add(received) }
        if sent > 0 { bytesSent.add(sent) }
        if let action = request.log.action, status < 400 {
            operations.add(at: operations.series.place(action.rawValue, backend.place))
            if action == .issueLink { linksIssued.add() }
        }
        if request.log.action == .claimLink { linksClaimed.add(at: Self.place(ofClaim: status)) }
    }

    /// An answer to what never became a request.
    func refused(status: Int) {
        requests.add(
            at: requests.series.place(Self.methods.count, Route.allCases.count, Self.place(ofStatus: status)))
    }

    func failed(code: String) {
        failures.add(at: Self.placeOfError[code] ?? Self.errors.count - 1)
    }

    private static func place(ofClaim status: Int) -> Int {
        switch status {
        case ..<400: 0
        case 410: 1
        case 404: 2
        default: 3
        }
    }

    private static func place(ofStatus status: Int) -> Int {
        placeOfStatus.indices.contains(status) ? Int(placeOfStatus[status]) : statuses.count
    }
}

extension BackendKind {
    fileprivate var place: Int {
        switch self {
        case .localfs: 0
        case .s3: 1
        case .azureblob: 2
        case .remote: 3
        case .memory: 4
        case .disabled: 5
        }
    }
}
