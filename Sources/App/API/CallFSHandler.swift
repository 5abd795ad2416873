import Domain
package import Ports
package import Services
private import Synchronization

/// The REST API: takes requests of any HTTP version, finds route and principal, calls the use case and shapes
/// the answer.
package final class CallFSHandler: HTTPHandler {
    let node: Node
    let errors: ErrorResponses
    let observation: Observation
    private let access: Mutex<AccessInForce>
    private let limiter: RateLimiter
    private let description = PublishedDescription()

    package init(
        node: Node, identities: Identities, linkSigner: LinkSigner, limiter: RateLimiter,
        settings: HandlerSettings, observation: Observation = Observation()
    ) {
        self.limiter = limiter
        self.node = node
        self.observation = observation
        errors = ErrorResponses(contents: node.contents)
        access = Mutex(AccessInForce(node, identities, linkSigner, settings))
    }

    /// Takes other keys, users, secrets of links and choices for every request that begins from now on, on
    /// open connections too. Requests that run keep those that they began with.
    package func use(_ identities: Identities, _ linkSigner: LinkSigner, _ settings: HandlerSettings) {
        let next = AccessInForce(node, identities, linkSigner, settings)
        access.withLock { $0 = next }
    }

    /// Taken once a request.
    private var current: AccessInForce { access.withLock { $0 } }

    package func respond(to request: HTTPRequest) async -> HTTPResponse {
        let access = current
        identify(request)
        request.log.isWanted = access.settings.logsAccess
        request.log.startedAt = node.dependencies.time.monotonicNow()
        observation.metrics.began()
        let requestID = request.log.requestID
        var response: HTTPResponse
        var failure: ErrorAnswer?
        do throws(ErrorAnswer) {
            response = try await dispatch(request, requestID: requestID, access)
        } catch {
            failure = error
            response = Self.response(to: error, request: request, requestID: requestID)
        }
        report(request, status: response.status, failure)
        finish(&response, to: request, access.settings)
        return response
    }

    /// Everything that does not depend on what was asked for.
    private func finish(
        _ response: inout HTTPResponse, to request: HTTPRequest, _ settings: HandlerSettings
    ) {
        let isShared = settings.crossOrigin?.admits(request) ?? false
        response.fields.append("x-request-id", request.log.requestID)
        SecurityHeaders.append(to: &response.fields, isSecure: request.isSecure, isShared: isShared)
        settings.crossOrigin?.append(to: &response.fields, for: request)
        if let variation = Self.variation(of: response, to: request, settings) {
            response.fields.append("vary", variation)
        }
        settings.coding?.apply(to: &response, for: request)
        if request.method == .head { response.dropBody() }
    }

    /// What a cache must look at beside the target (RFC 9110 section 12.5.5).
    private static func variation(
        of response: HTTPResponse, to request: HTTPRequest, _ settings: HandlerSettings
    ) -> String? {
        var names: [String] = []
        if response.variesByAccept { names.append("Accept") }
        if response.mayBeCoded, settings.coding != nil { names.append("Accept-Encoding") }
        if settings.crossOrigin != nil {
            names.append("Origin")
            if request.method == .options {
                names += ["Access-Control-Request-Method", "Access-Control-Request-Headers"]
            }
        }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    private func dispatch(
        _ request: HTTPRequest, requestID: String, _ access: AccessInForce
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let target = RequestTarget(request.target)
        if request.method == .options, request.target == "*" {
            try Self.checkFields(request)
            return OptionsAPI.respond(nil)
        }
        guard let (route, rest) = Route.match(target.path), serves(route, access.settings)
        else {
            throw ErrorAnswer(404, "NOT_FOUND", "There is no such resource; see the API's documentation.")
        }
        request.log.route = route.template
        request.log.routePlace = route.rawValue
        request.log.action = FileAction(request.method, route)
        if route == .peers, let cluster = node.dependencies.cluster {
            return try await PeerAPI(node: node, cluster: cluster).respond(to: request, rest)
        }
        if let answer = access.settings.crossOrigin?.preflight(request) {
            try Self.checkFields(request)
            return answer
        }
        let identity = try route.needsKey ? authenticate(request, access) : nil
        return try await limited(route, identity?.key, request) { () async throws(ErrorAnswer) in
            try Self.checkMethod(request, route)
            try Self.checkFields(request)
            if request.method == .options { return OptionsAPI.respond(route) }
            guard let principal = identity?.principal else {
                return try await self.openRoute(route, rest, request, access)
            }
            let exchange = Exchange(
                request: request, requestID: requestID, target: target, principal: principal, rest: rest,
                hash: self.node.dependencies.hash)
            return try await self.route(route, exchange, access)
        }
    }

    /// Who asks. Whoever fails at that too often is told so instead of why. A key that is somebody's is let
    /// in all the same: nobody guesses one, and else one client could lock out all who share its address.
    private func authenticate(
        _ request: HTTPRequest, _ access: AccessInForce
    ) throws(ErrorAnswer) -> (principal: Principal, key: Identities.KeyDigest) {
        if let known = request.connection.identity as? KnownIdentity,
            let identity = known.identity(of: request.fields, access)
        {
            request.log.principal = identity.principal.name
            return identity
        }
        guard let identity = access.authentication.identity(of: request.fields) else {
            var answer = ErrorAnswer.notAuthenticated
            if let verdict = limiter.admitFailure(from: request.remoteAddress) {
                guard verdict.isGranted else { throw verdict.refusal }
                answer.fields += verdict.fields
            }
            throw answer
        }
        request.log.principal = identity.principal.name
        request.connection.identity = KnownIdentity(identity, request.fields, access)
        return identity
    }

    /// Answers within the limits of the route; every answer says how they stand.
    private func limited(
        _ route: Route, _ key: Identities.KeyDigest?, _ request: HTTPRequest,
        _ answer: () async throws(ErrorAnswer) -> HTTPResponse
    ) async throws(ErrorAnswer) -> HTTPResponse {
        guard let verdict = limiter.admit(route.limited, key: key, address: request.remoteAddress)
        else { return try await answer() }
        guard verdict.isGranted else { throw verdict.refusal }
        do throws(ErrorAnswer) {
            var response = try await answer()
            for field in verdict.fields { response.fields.append(field.name, field.value) }
            return response
        } catch {
            var error = error
            error.fields += verdict.fields
            throw error
        }
    }

    /// What needs a key.
    private func route(
        _ route: Route, _ exchange: Exchange, _ access: AccessInForce
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let entries = access.entries
        switch route {
        case .files:
            return try await FilesAPI(node: node, errors: errors, entries: entries).respond(to: exchange)
        case .directories:
            return try await DirectoriesAPI(node: node, errors: errors, entries: entries).respond(
                to: exchange)
        case .links:
            let links = LinksAPI(
                node: node, errors: errors, signer: access.linkSigner,
                externalURL: access.settings.externalURL)
            return try await links.generate(exchange)
        case .whoAmI: return try SystemAPI(node: node).whoAmI(exchange)
        case .downloads, .health, .ready, .description, .metrics, .peers:
            preconditionFailure("this route needs no key")
        }
    }

    /// What needs no key.
    private func openRoute(
        _ route: Route, _ rest: Substring, _ request: HTTPRequest, _ access: AccessInForce
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let nobody = Principal(name: "-", user: UserID(.max), group: GroupID(.max))
        let exchange = Exchange(
            request: request, requestID: "", target: RequestTarget(request.target), principal: nobody,
            rest: rest, hash: node.dependencies.hash)
        if route == .description {
            return try SystemAPI(node: node).description(
                exchange,
                description.document(version: access.settings.version, hash: node.dependencies.hash))
        }
        if route == .metrics {
            return try await SystemAPI(node: node).metrics(exchange, observation.registry)
        }
        guard route == .downloads else {
            return try await SystemAPI(node: node).health(exchange, asksReadiness: route == .ready)
        }
        let downloads = LinkDownloadAPI(
            node: node, errors: errors, signer: access.linkSigner, identities: access.identities,
            externalURL: access.settings.externalURL)
        return try await downloads.respond(to: exchange)
    }

    /// What holds for every request, whatever it is for.
    private static func checkFields(_ request: HTTPRequest) throws(ErrorAnswer) {
        try SingularFields.check(request.fields)
        try UnknownConditions.refuse(request.fields)
    }

    private static func checkMethod(_ request: HTTPRequest, _ route: Route) throws(ErrorAnswer) {
        if !route.allowed.contains(request.method) { throw .methodNotAllowed(route) }
    }

    package func respond(
        toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool
    ) -> HTTPResponse {
        let requestID = freshRequestID()
        var answer = ErrorAnswer(refusal.status, Self.code(ofRefusal: refusal.status), refusal.reason)
        if refusal.status == 503 { answer.fields = [("retry-after", "1")] }
        var response = Self.response(to: answer, request: nil, requestID: requestID)
        response.fields.append("x-request-id", requestID)
        SecurityHeaders.append(to: &response.fields, isSecure: isSecure)
        response.closesConnection = true
        observation.metrics.refused(status: refusal.status)
        if current.settings.logsAccess {
            node.dependencies.log.log(
                .info, "refused",
                [
                    LogField("request_id", requestID), LogField("status", refusal.status),
                    LogField("reason", refusal.reason), LogField("remote", remoteAddress),
                ])
        }
        return response
    }

    package func finished(
        _ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome
    ) {
        request.whenFinished?(status, outcome)
        request.whenFinished = nil
        let duration = node.dependencies.time.monotonicNow() - request.log.startedAt
        let backend = node.contents.registration(for: nil)?.kind ?? .localfs
        observation.metrics.ended(
            request, status: status, bytesSent: bodyBytesSent, took: duration, backend: backend)
        logAccess(
            request, status: status, bytesSent: bodyBytesSent, took: duration, outcome: outcome)
    }

    // MARK: -

    /// Whether this listener has the route at all.
    private func serves(_ route: Route, _ settings: HandlerSettings) -> Bool {
        switch route {
        case .metrics: settings.servesMetrics
        case .health, .ready: true
        case .peers: settings.servesFiles && node.dependencies.cluster != nil
        default: settings.servesFiles
        }
    }

    static func response(
        to error: ErrorAnswer, request: HTTPRequest?, requestID: String
    ) -> HTTPResponse {
        let asProblem = AcceptedMedia.prefers(
            "application/problem+json", over: "application/json",
            accepting: request?.fields.joined("accept"))
        var fields = HTTPFields()
        for field in error.fields { fields.append(field.name, field.value) }
        guard error.status != 304 else { return HTTPResponse(status: 304, fields: fields) }
        fields.append("content-type", asProblem ? "application/problem+json" : "application/json")
        fields.append("cache-control", "no-store")
        fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        var response = HTTPResponse(
            status: error.status, fields: fields,
            body: .bytes(error.body(requestID: requestID, asProblem: asProblem)))
        response.mayBeCoded = true
        response.variesByAccept = true
        return response
    }

    private static func code(ofRefusal status: Int) -> String {
        switch status {
        case 408: "REQUEST_TIMEOUT"
        case 413: "PAYLOAD_TOO_LARGE"
        case 503: "SHUTTING_DOWN"
        default: "INVALID_REQUEST"
        }
    }
}

/// What an operator may choose about the API.
package struct HandlerSettings: Sendable {
    package var logsAccess = true
    /// Whether the listener has `/metrics`.
    package var servesMetrics = true
    /// Whether it has more than `/metrics` and `/health`.
    package var servesFiles = true
    /// Nil: answers go as they are.
    package var coding: ResponseCoding?
    /// Nil: pages of other origins get nothing.
    package var crossOrigin: CrossOriginPolicy?
    /// Of the program, for the published description.
    package var version = "0"
    /// What the addresses of links begin with: scheme, host and perhaps a path, without a slash at the end.
    package var externalURL: String

    package init(externalURL: String) { self.externalURL = externalURL }
}

extension HTTPResponse {
    /// Keeps what the body's length would be and drops the body: the answer to HEAD.
    fileprivate mutating func dropBody() {
        switch body {
        case .empty: break
        case .bytes(let bytes): announcedLength = UInt64(bytes.count)
        case .slice(_, let range): announcedLength = UInt64(range.count)
        case .stream(let stream, let length):
            stream.close()
            announcedLength = length
        }
        body = .empty
    }
}

/// Who asked last on a connection. The same field means the same identity for as long as the same keys are in
/// force.
private final class KnownIdentity: HTTPConnectionNote {
    typealias Identity = (principal: Principal, key: Identities.KeyDigest)

    private let known: Identity
    private let credentials: String
    private let access: AccessInForce

    init(_ identity: Identity, _ fields: HTTPFields, _ access: AccessInForce) {
        known = identity
        credentials = fields.only("authorization") ?? ""
        self.access = access
    }

    /// Nil when the request shows something else. The time of the comparison says nothing of where: behind a
    /// proxy, others may have used the connection.
    func identity(of fields: HTTPFields, _ access: AccessInForce) -> Identity? {
        guard access === self.access, let shown = fields.only("authorization") else { return nil }
        let (left, right) = (shown.utf8.span, credentials.utf8.span)
        guard left.count == right.count else { return nil }
        var difference: UInt8 = 0
        for position in left.indices { difference |= left[position] ^ right[position] }
        return difference == 0 ? known : nil
    }
}

/// Who may come in and what follows from it, replaced as a whole.
private final class AccessInForce: Sendable {
    let identities: Identities
    let authentication: Authentication
    let entries: EntryRepresentation
    let linkSigner: LinkSigner
    let settings: HandlerSettings

    init(
        _ node: Node, _ identities: Identities, _ linkSigner: LinkSigner, _ settings: HandlerSettings
    ) {
        self.identities = identities
        authentication = Authentication(identities: identities, hash: node.dependencies.hash)
        entries = EntryRepresentation(contents: node.contents, identities: identities)
        self.linkSigner = linkSigner
        self.settings = settings
    }
}
