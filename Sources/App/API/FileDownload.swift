import Domain
import Ports
import Services

/// GET and HEAD of a file: whole, in part, or not at all when the client has it already.
struct FileDownload {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    private static let parameters = ["follow"] + DirectoryListing.parameters

    func get(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let fields = exchange.request.fields
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        let query = try exchange.query(knowing: Self.parameters)
        let following = try Self.following(requested, query)
        let opened: OpenedFile
        do {
            opened = try await node.openFile(
                requested.path, asDirectory: requested.hasTrailingSlash, following: following,
                conditions: conditions, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        if opened.isNotModified { return notModified(opened) }
        if opened.state.inode.kind == .directory {
            let listing = DirectoryListing(node: node, errors: errors, entries: entries)
            return try await listing.array(of: opened, at: requested.path, following, query, exchange)
        }
        _ = try exchange.query(knowing: ["follow"])
        if opened.state.inode.kind == .symlink { return link(opened.state, exchange) }
        let digests = try await AnswerDigests(node: node, errors: errors, fields).choose(opened.content)
        return try await body(of: opened, digests, exchange)
    }

    func head(_ exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let requested = try exchange.path()
        let query = try exchange.query(knowing: Self.parameters)
        let following = try Self.following(requested, query)
        let conditions = try Conditions(exchange.request.fields, now: node.dependencies.time.wallNow())
        let opened: OpenedFile
        do {
            opened = try await node.inspect(
                requested.path, asDirectory: requested.hasTrailingSlash, following: following,
                conditions: conditions, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        if opened.isNotModified { return notModified(opened) }
        let state = opened.state
        if state.inode.kind == .directory {
            return try await headOfDirectory(opened, at: requested.path, following, query, exchange)
        }
        _ = try exchange.query(knowing: ["follow"])
        var response = HTTPResponse(status: 200)
        switch state.inode.kind {
        case .file:
            try await append(digestsOfHead(opened, exchange), state, to: &response.fields)
            response.announcedLength = state.inode.size
            return response
        case .symlink:
            return link(state, exchange)
        case .directory: preconditionFailure("directories were answered above")
        }
    }

    /// What GET would say of the listing. Who may only look at the directory is told what stat(2) tells,
    /// unless the request is about a page.
    private func headOfDirectory(
        _ opened: OpenedFile, at requested: FilePath, _ following: LinkFollowing, _ query: QueryParameters,
        _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let isAboutPage = DirectoryListing.parameters.contains { query[$0] != nil }
        if isAboutPage || DirectoryListing.isOpen(opened, to: exchange.principal) {
            let listing = DirectoryListing(node: node, errors: errors, entries: entries)
            return try await listing.array(of: opened, at: requested, following, query, exchange)
        }
        var response = HTTPResponse(status: 200)
        response.fields.append("content-type", "application/json")
        response.fields.append("cache-control", "no-store")
        response.fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        entries.append(listingOf: opened.state, to: &response.fields)
        response.mayBeCoded = true
        return response
    }

    // MARK: -

    /// `?follow=false` asks for a link itself. A trailing slash says that a directory is meant, and follows
    /// nevertheless (path_resolution(7)).
    private static func following(
        _ requested: RequestedPath, _ query: QueryParameters
    ) throws(ErrorAnswer) -> LinkFollowing {
        let follows = try query.flag("follow", default: true)
        return follows || requested.hasTrailingSlash ? .all : .intermediate
    }

    /// A symbolic link itself, as the JSON of an entry.
    private func link(_ state: FileState, _ exchange: Exchange) -> HTTPResponse {
        var response = exchange.answer(200, json: entries.json(state))
        entries.append(state, to: &response.fields)
        return response
    }

    /// The digest of a content tells those who may not read it what it is; they get none. The bytes of a
    /// small one are not at hand, so what was not stored is looked up like a read.
    private func digestsOfHead(
        _ opened: OpenedFile, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> AnswerDigests.Chosen {
        let digests = try AnswerDigests(node: node, errors: errors, exchange.request.fields)
        let state = opened.state
        guard AccessPolicy.decide(.read, on: state.inode, by: exchange.principal).isGranted else {
            return AnswerDigests.Chosen()
        }
        var content = opened.resolution.content
        if digests.needsBytes(of: content) {
            let read: OpenedFile
            do {
                read = try await node.openFile(
                    opened.resolution.path, conditions: Conditions(), by: exchange.principal)
            } catch {
                throw errors.answer(to: error)
            }
            if read.content?.id == content?.id { content = read.content }
        }
        return try await digests.choose(content)
    }

    private func append(
        _ digests: AnswerDigests.Chosen, _ state: FileState, to fields: inout HTTPFields
    ) {
        fields.append(entries.fileFields(state, sha256: digests.sha256))
        if let other = digests.other { fields.append("repr-digest", other) }
    }

    private func body(
        of opened: OpenedFile, _ digests: AnswerDigests.Chosen, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let state = opened.state
        let size = state.inode.size
        let fields = exchange.request.fields
        switch selection(fields, of: state) {
        case .ignored:
            var response = HTTPResponse(status: 200)
            append(digests, state, to: &response.fields)
            if let content = digests.content { response.fields.append("content-digest", content) }
            response.body = try await part(0..<size, of: opened)
            return response
        case .unsatisfiable:
            var answer = ErrorAnswer(
                416, "RANGE_NOT_SATISFIABLE", "No part of the range is in the file, which has \(size) bytes.")
            answer.fields = [("content-range", "bytes */\(size)")]
            throw answer
        case .ranges(let ranges):
            var response = HTTPResponse(status: 206)
            if ranges.count == 1, let range = ranges.first {
                append(digests, state, to: &response.fields)
                response.fields.append("content-range", Self.contentRange(range, of: size))
                response.body = try await part(range, of: opened)
            } else {
                response.body = try await multipart(ranges, of: opened, type: &response.fields)
                entries.append(state, to: &response.fields)
                if let value = digests.value { response.fields.append("repr-digest", value) }
            }
            return response
        }
    }

    /// Which part of the file the request wants: `Range`, when `If-Range` allows it (RFC 9110 sections 13.1.5
    /// and 14.2).
    private func selection(_ fields: HTTPFields, of state: FileState) -> RangeSelection {
        if let condition = fields.only("if-range") {
            guard let parsed = IfRange(parsing: condition), parsed.holds(for: state.tag) else {
                return .ignored
            }
        }
        return RangeSelection(field: fields.only("range"), size: state.inode.size)
    }

    private func part(
        _ range: Range<UInt64>, of opened: OpenedFile
    ) async throws(ErrorAnswer) -> HTTPResponse.Body {
        try await ContentBodies(node: node, errors: errors).part(range, of: opened.content)
    }

    private func multipart(
        _ ranges: [Range<UInt64>], of opened: OpenedFile, type fields: inout HTTPFields
    ) async throws(ErrorAnswer) -> HTTPResponse.Body {
        let body = try await ContentBodies(node: node, errors: errors).parts(
            ranges, of: opened.content, mediaType: opened.state.inode.mediaType)
        fields.append("content-type", body.contentType)
        appendCommonFileFields(to: &fields)
        return body.body
    }

    private func appendCommonFileFields(to fields: inout HTTPFields) {
        fields.append("accept-ranges", "bytes")
        fields.append("cache-control", "private, no-cache")
        fields.append("content-security-policy", SecurityHeaders.storedPolicy)
    }

    /// 304 with the fields that a 200 would have had (RFC 9110 section 15.4.5), of the state that was
    /// compared.
    private func notModified(_ opened: OpenedFile) -> HTTPResponse {
        var response = HTTPResponse(status: 304)
        let isFile = opened.state.inode.kind == .file
        response.fields.append("cache-control", isFile ? "private, no-cache" : "no-store")
        response.fields.append(
            "content-security-policy", isFile ? SecurityHeaders.storedPolicy : SecurityHeaders.ownPolicy)
        entries.append(opened.state, to: &response.fields)
        return response
    }

    static func contentRange(_ range: Range<UInt64>, of size: UInt64) -> String {
        "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
}
