import Domain
import Ports
import Services

/// `/download/{token}`: the bytes that a single-use link leads to, for whoever comes first.
///
/// Only a GET that is answered with bytes uses the link: HEAD, a condition that does not hold, a prefetch and
/// every error leave it as it was. A condition that holds is one of the claim too, which rests on the file
/// being as it was looked at.
struct LinkDownloadAPI {
    let node: Node
    let errors: ErrorResponses
    let signer: LinkSigner
    let identities: Identities
    let externalURL: String

    func respond(to exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        _ = try exchange.query()
        guard let token = LinkToken(parsing: exchange.rest.dropFirst()) else {
            throw errors.answer(to: .linkNotFound)
        }
        let fields = exchange.request.fields
        try Self.refusePrefetch(fields)
        let conditions = try Conditions(fields, now: node.dependencies.time.wallNow())
        // Whoever has a link may ask without end and without a key, so nothing is read for a digest.
        let wanted = try AnswerDigests(node: node, errors: errors, fields, readsStored: false)
        // Each round means that somebody changed the file between the look and the claim.
        for _ in 0..<Limits.planAttemptsMax {
            let linked = try await open(token, fields)
            exchange.request.log.path = linked.path.description
            if let answer = try refusal(of: linked, conditions) { return answer }
            let digests = try await wanted.choose(linked.content)
            if exchange.isHead {
                var response = HTTPResponse(status: 200, fields: Self.fields(of: linked, digests))
                response.fields.append("content-type", Self.mediaType(of: linked).text)
                response.announcedLength = linked.file.size
                return response
            }
            if let answer = try await serve(linked, digests, token, exchange.request) { return answer }
        }
        throw errors.answer(to: .contended)
    }

    private func open(_ token: LinkToken, _ fields: HTTPFields) async throws(ErrorAnswer) -> LinkedFile {
        do throws(Failure) {
            return try await node.openLink(
                token, claim: LinkClaimFields.claim(of: fields), signedBy: signer,
                issuer: identities.principal(named:))
        } catch {
            throw errors.answer(to: error)
        }
    }

    // MARK: What uses nothing up

    /// Mail programs and browsers look at links before anybody opens them. They come again without the field.
    private static func refusePrefetch(_ fields: HTTPFields) throws(ErrorAnswer) {
        for name in ["sec-purpose", "purpose", "x-purpose", "x-moz"] {
            guard let purpose = fields.joined(name)?.lowercased() else { continue }
            guard purpose.contains("prefetch") || purpose.contains("preview") else { continue }
            throw ErrorAnswer(
                403, "PERMISSION_DENIED", "A single-use link is not fetched in advance; open it when needed.")
        }
    }

    /// The answer when a condition does not hold, as for any other representation.
    private func refusal(
        of linked: LinkedFile, _ conditions: Conditions
    ) throws(ErrorAnswer) -> HTTPResponse? {
        let outcome = conditions.evaluate(
            tag: linked.file.tag, modifiedAt: linked.file.modifiedAt, isRead: true)
        switch outcome {
        case .proceed: return nil
        case .failed: throw errors.answer(to: .refused(.preconditionFailed))
        case .notModified: return HTTPResponse(status: 304, fields: Self.fields(of: linked))
        }
    }

    // MARK: Bytes

    /// Opens the bytes first and claims then: what cannot be read uses nothing up. Nil when the file has
    /// changed in between.
    private func serve(
        _ linked: LinkedFile, _ digests: AnswerDigests.Chosen, _ token: LinkToken, _ request: HTTPRequest
    ) async throws(ErrorAnswer) -> HTTPResponse? {
        var (response, reachesEnd) = try await body(of: linked, digests, request.fields)
        let claim: LinkClaim?
        do throws(Failure) { claim = try await node.claim(linked) } catch {
            response.closeBody()
            throw errors.answer(to: error)
        }
        guard let claim else {
            response.closeBody()
            return nil
        }
        if let secret = claim.secret {
            LinkClaimFields.append(secret, for: token, below: externalURL, to: &response.fields)
        }
        if reachesEnd {
            let node = node
            let sent = response.status
            request.whenFinished = { status, outcome in
                // An error may have gone out in the place of the answer.
                if status == sent, outcome == .completed { node.finish(claim) }
            }
        }
        return response
    }

    /// The answer with what the request wants of the file, and whether the end of the file is in it.
    private func body(
        of linked: LinkedFile, _ digests: AnswerDigests.Chosen, _ fields: HTTPFields
    ) async throws(ErrorAnswer) -> (HTTPResponse, reachesEnd: Bool) {
        let size = linked.file.size
        let bodies = ContentBodies(node: node, errors: errors)
        var response = HTTPResponse(status: 200, fields: Self.fields(of: linked, digests))
        let mediaType = Self.mediaType(of: linked)
        switch selection(fields, of: linked.file) {
        case .ignored:
            response.fields.append("content-type", mediaType.text)
            if let content = digests.content { response.fields.append("content-digest", content) }
            response.body = try await bodies.part(0..<size, of: linked.content)
            return (response, true)
        case .unsatisfiable:
            var answer = ErrorAnswer(
                416, "RANGE_NOT_SATISFIABLE", "No part of the range is in the file, which has \(size) bytes.")
            answer.fields = [("content-range", "bytes */\(size)")]
            throw answer
        case .ranges(let ranges):
            response.status = 206
            if ranges.count == 1, let range = ranges.first {
                response.fields.append("content-type", mediaType.text)
                response.fields.append("content-range", FileDownload.contentRange(range, of: size))
                response.body = try await bodies.part(range, of: linked.content)
            } else {
                let parts = try await bodies.parts(ranges, of: linked.content, mediaType: mediaType)
                response.fields.append("content-type", parts.contentType)
                response.body = parts.body
            }
            return (response, ranges.contains { $0.upperBound == size })
        }
    }

    private func selection(_ fields: HTTPFields, of file: PinnedFile) -> RangeSelection {
        if let condition = fields.only("if-range") {
            guard let parsed = IfRange(parsing: condition), parsed.holds(for: file.tag) else {
                return .ignored
            }
        }
        return RangeSelection(field: fields.only("range"), size: file.size)
    }

    private static func mediaType(of linked: LinkedFile) -> MediaType { linked.file.mediaType ?? .binary }

    /// Says nothing of owner, mode or place: whoever has a link was given the bytes and the name.
    private static func fields(
        of linked: LinkedFile, _ digests: AnswerDigests.Chosen = AnswerDigests.Chosen()
    ) -> HTTPFields {
        var fields = HTTPFields()
        fields.append("etag", linked.file.tag.description)
        fields.append("last-modified", linked.file.modifiedAt.httpDate)
        fields.append("accept-ranges", "bytes")
        fields.append("cache-control", "no-store")
        fields.append("content-security-policy", SecurityHeaders.storedPolicy)
        fields.append("x-robots-tag", "noindex")
        if let name = linked.path.last {
            fields.append("content-disposition", ContentDisposition.attachment(name))
        }
        if let value = digests.value { fields.append("repr-digest", value) }
        return fields
    }
}

extension HTTPResponse {
    /// Gives back what a body holds that will not be sent.
    fileprivate func closeBody() {
        if case .stream(let stream, _) = body { stream.close() }
    }
}
