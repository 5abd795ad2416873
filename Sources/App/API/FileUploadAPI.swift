import Domain
import Ports
import Services

/// PUT and POST: what makes files and directories.
struct FileUploadAPI {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    func put(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        _ = try exchange.query()
        try Self.refusePartial(exchange.request.fields)
        guard !requested.hasTrailingSlash else {
            throw .invalidRequest(
                "PUT writes a file; its path has no trailing slash. POST makes directories.")
        }
        let upload = try upload(exchange, disposition: .createOrReplace)
        return try await write(requested.path, upload, exchange)
    }

    func post(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let query = try exchange.query(knowing: ["parents"])
        let toleratesExisting = try query.flag("parents")
        try Self.refusePartial(exchange.request.fields)
        if isDescriptor(exchange.request.fields) {
            let descriptor = try await descriptor(exchange)
            return try await make(descriptor, at: requested, toleratesExisting, exchange)
        }
        if requested.hasTrailingSlash || requested.path == .root {
            guard try await exchange.hasNoBody(errors) else {
                throw .invalidRequest(
                    "A directory has no body; without the trailing slash this makes a file.")
            }
            try DigestFields.check(exchange.request.fields, body: [], exchange.hash)
            return try await makeDirectory(
                requested.path, mode: nil, toleratesExisting: toleratesExisting, exchange)
        }
        if toleratesExisting {
            throw .invalidRequest("'parents' is for directories; missing parents are always made.")
        }
        return try await write(requested.path, try upload(exchange, disposition: .create), exchange)
    }

    // MARK: -

    private func make(
        _ descriptor: FileDescriptorBody, at requested: RequestedPath, _ toleratesExisting: Bool,
        _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        if case .directory = descriptor.kind {
            return try await makeDirectory(
                requested.path, mode: descriptor.mode, toleratesExisting: toleratesExisting, exchange)
        }
        guard !requested.hasTrailingSlash else {
            throw .invalidRequest("A path with a trailing slash is a directory's; 'type' says otherwise.")
        }
        switch descriptor.kind {
        case .directory, .file:
            var upload = try upload(exchange, disposition: .create)
            upload.body = BytesStream([])
            upload.length = 0
            upload.expectedDigests = []
            upload.mediaType = nil
            upload.mode = descriptor.mode ?? upload.mode
            return try await write(requested.path, upload, exchange)
        case .symlink(let target):
            return try await makeLink(exchange) { conditions, modifiedAt throws(Failure) in
                try await node.makeSymlink(
                    requested.path, to: target, modifiedAt: modifiedAt, conditions: conditions,
                    by: exchange.principal, claim: exchange.claim)
            }
        case .link(let existing):
            return try await makeLink(exchange) { conditions, modifiedAt throws(Failure) in
                guard modifiedAt == nil else {
                    throw .refused(.invalid("Another name of a file does not change its times."))
                }
                return try await node.makeLink(
                    requested.path, to: existing, conditions: conditions, by: exchange.principal,
                    claim: exchange.claim)
            }
        }
    }

    private func makeLink(
        _ exchange: Exchange, _ make: (Conditions, WallTime?) async throws(Failure) -> WrittenFile
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let fields = exchange.request.fields
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        guard try Self.mode(fields) == nil, try UserMetadataFields.read(fields) == nil else {
            throw .invalidRequest("A link has neither a mode nor metadata of its own.")
        }
        let modifiedAt = try Self.modifiedAt(fields)
        let wanted = try Self.wanted(exchange)
        let written: WrittenFile
        do { written = try await make(conditions, modifiedAt) } catch {
            throw errors.answer(to: error)
        }
        return answer(written, wanted, exchange)
    }

    private func write(
        _ path: FilePath, _ upload: FileUpload, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let wanted = try Self.wanted(exchange)
        let written: WrittenFile
        var upload = upload
        upload.claim = exchange.claim
        do {
            written = try await node.writeFile(path, upload, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        return answer(written, wanted, exchange)
    }

    private func makeDirectory(
        _ path: FilePath, mode: FileMode?, toleratesExisting: Bool, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let fields = exchange.request.fields
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        let given = try Self.mode(fields)
        let modifiedAt = try Self.modifiedAt(fields)
        let metadata = try UserMetadataFields.read(fields) ?? UserMetadata()
        let wanted = try Self.wanted(exchange)
        let written: WrittenFile
        do {
            written = try await node.makeDirectory(
                path, mode: mode ?? given, modifiedAt: modifiedAt, metadata: metadata, conditions: conditions,
                toleratesExisting: toleratesExisting, by: exchange.principal, claim: exchange.claim)
        } catch {
            throw errors.answer(to: error)
        }
        return answer(written, wanted, exchange)
    }

    private func answer(
        _ written: WrittenFile, _ wanted: WantedDigests?, _ exchange: Exchange
    ) -> HTTPResponse {
        entries.answer(written, exchange, saysWhere: written.isNew, wanted: wanted)
    }

    private static func wanted(_ exchange: Exchange) throws(ErrorAnswer) -> WantedDigests? {
        try DigestFields.wanted("want-repr-digest", exchange.request.fields)
    }

    private func upload(
        _ exchange: Exchange, disposition: FileUpload.Disposition
    ) throws(ErrorAnswer) -> FileUpload {
        let request = exchange.request
        let fields = request.fields
        var mediaType: MediaType?
        if let text = fields.only("content-type") {
            guard let parsed = MediaType(text) else {
                throw .invalidRequest("The field 'Content-Type' is no media type.")
            }
            mediaType = parsed
        }
        return FileUpload(
            disposition: disposition, length: request.contentLength, body: request.body,
            mode: try Self.mode(fields),
            modifiedAt: try Self.modifiedAt(fields), mediaType: mediaType,
            metadata: try UserMetadataFields.read(fields),
            conditions: try Conditions(fields, now: node.dependencies.time.wallNow()),
            expectedDigests: try DigestFields.expected(fields))
    }

    private static func mode(_ fields: HTTPFields) throws(ErrorAnswer) -> FileMode? {
        guard let text = fields.only("x-callfs-mode") else { return nil }
        guard let mode = FileMode(octal: text) else {
            throw .invalidRequest("The field 'X-CallFS-Mode' is an octal number up to 7777, such as 0644.")
        }
        return mode
    }

    private static func modifiedAt(_ fields: HTTPFields) throws(ErrorAnswer) -> WallTime? {
        guard let text = fields.only("x-callfs-mtime") else { return nil }
        guard let time = WallTime(timestamp: text) else {
            throw .invalidRequest(
                "The field 'X-CallFS-MTime' is a time such as 2026-01-31T12:00:00.000000000Z.")
        }
        return time
    }

    /// What would change the meaning of the body in ways that are not kept (RFC 9110 sections 8.4 and 14.5).
    static func refusePartial(_ fields: HTTPFields) throws(ErrorAnswer) {
        if fields.first("content-range") != nil {
            throw .invalidRequest("The body is always the whole file; 'Content-Range' is not supported.")
        }
        for field in fields.all where field.name.hasPrefix("x-callfs-") {
            guard
                field.name == "x-callfs-mode" || field.name == "x-callfs-mtime"
                    || field.name.hasPrefix(UserMetadataFields.prefix)
            else {
                throw .invalidRequest("There is no request field '\(field.name)'.")
            }
        }
        if let coding = fields.joined("content-encoding"), coding.lowercased() != "identity" {
            throw ErrorAnswer(
                415, "INVALID_REQUEST", "Bodies are stored as they come; 'Content-Encoding' is not supported."
            )
        }
    }
}
