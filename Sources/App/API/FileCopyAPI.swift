import Domain
import Ports
import Services

/// COPY with a `Destination` field (RFC 4918 sections 9.8 and 10), and POST with `copy_from`, which does the
/// same the other way round.
///
/// Unlike WebDAV, nothing is replaced unless the client says so, for what is overwritten is gone.
struct FileCopyAPI {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    static func isAsked(_ exchange: Exchange) -> Bool {
        exchange.request.method == .copy
            || exchange.request.method == .post
                && QueryParameters.names("copy_from", in: exchange.target.query)
    }

    func respond(to exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let fields = exchange.request.fields
        try FileUploadAPI.refusePartial(fields)
        for field in fields.all where field.name.hasPrefix("x-callfs-") {
            throw .invalidRequest(
                "A copy takes its attributes from the original and not from '\(field.name)'.")
        }
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        let wanted = try DigestFields.wanted("want-repr-digest", fields)
        let written: WrittenFile
        if exchange.request.method == .copy {
            _ = try exchange.query()
            let destination = try CopyDestination.parse(fields)
            try CopyDestination.checkDepth(fields)
            written = try await copy(
                requested, to: destination,
                CopyRequest(overwrite: try CopyDestination.overwrites(fields), conditions: conditions),
                exchange)
        } else {
            let query = try exchange.query(knowing: ["copy_from", "overwrite"])
            let source = try Self.source(query["copy_from"] ?? "")
            written = try await copy(
                source, to: requested,
                CopyRequest(overwrite: try query.flag("overwrite"), destinationConditions: conditions),
                exchange)
        }
        return entries.answer(written, exchange, saysWhere: written.isNew, wanted: wanted)
    }

    private func copy(
        _ source: RequestedPath, to destination: RequestedPath, _ request: CopyRequest, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> WrittenFile {
        guard try await exchange.hasNoBody(errors) else {
            throw .invalidRequest("A copy has no body: its content is that of the original.")
        }
        try DigestFields.check(exchange.request.fields, body: [], exchange.hash)
        exchange.request.log.action = .copy
        exchange.request.log.path = source.path.description
        exchange.request.log.destination = destination.path.description
        var request = request
        request.requiresDirectory = source.hasTrailingSlash || destination.hasTrailingSlash
        do {
            return try await node.copy(
                source.path, to: destination.path, request, by: exchange.principal, claim: exchange.claim)
        } catch {
            throw errors.answer(to: error)
        }
    }

    /// A path of the filesystem, which the query had percent-encoded once.
    private static func source(_ text: String) throws(ErrorAnswer) -> RequestedPath {
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw ErrorAnswer(400, "INVALID_PATH", "'copy_from' is an absolute path, such as '/a/b'.")
        }
        do { return try RequestedPath(parsing: text) } catch { throw ErrorAnswer(error) }
    }
}

/// The fields of COPY.
enum CopyDestination {
    /// Where to: `/v1/files/...` percent-encoded, alone or behind the scheme and host that the request itself
    /// was sent to (RFC 4918 section 10.3).
    static func parse(_ fields: HTTPFields) throws(ErrorAnswer) -> RequestedPath {
        guard let text = fields.only("destination") else {
            throw .invalidRequest("COPY says where to in a field 'Destination: /v1/files/...'.")
        }
        let path = try path(text[...], host: fields.only("host"))
        guard path.utf8.starts(with: Route.filesPrefix.utf8) else { throw foreign }
        let rest = path[path.utf8.index(path.startIndex, offsetBy: Route.filesPrefix.utf8.count)...]
        guard rest.utf8.first == UInt8(ascii: "/"), !rest.utf8.contains(UInt8(ascii: "?")),
            !rest.utf8.contains(UInt8(ascii: "#"))
        else { throw foreign }
        do { return try RequestedPath(percentEncoded: rest) } catch { throw ErrorAnswer(error) }
    }

    /// What stands behind scheme and host.
    private static func path(_ text: Substring, host: String?) throws(ErrorAnswer) -> Substring {
        for scheme in ["https://", "http://"] where text.lowercased().utf8.starts(with: scheme.utf8) {
            let rest = text[text.utf8.index(text.startIndex, offsetBy: scheme.utf8.count)...]
            let end = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            guard let host, rest[..<end].lowercased().utf8.elementsEqual(host.lowercased().utf8) else {
                throw .invalidRequest("'Destination' is on another server than the request was sent to.")
            }
            return rest[end...]
        }
        return text
    }

    private static var foreign: ErrorAnswer {
        .invalidRequest("'Destination' is '/v1/files/...' of this server, percent-encoded, without a query.")
    }

    /// `F` where the field is missing: the other default would destroy what nobody thought of.
    static func overwrites(_ fields: HTTPFields) throws(ErrorAnswer) -> Bool {
        switch fields.joined("overwrite") {
        case nil, "F", "f": return false
        case "T", "t": return true
        default: throw .invalidRequest("'Overwrite' is T or F.")
        }
    }

    /// A directory is copied whole or not at all.
    static func checkDepth(_ fields: HTTPFields) throws(ErrorAnswer) {
        guard let depth = fields.joined("depth"), depth.lowercased() != "infinity" else { return }
        throw .invalidRequest("'Depth' is 'infinity' for a copy, or left out.")
    }
}
