import Domain
import Ports
import Services

/// Requests with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): each is done once, and
/// when it comes again its first answer is given again.
///
/// What is done and what is answered are one commit, so there is no instant at which one is there without the
/// other. A refusal that rests on the state is kept as well; a failure that another attempt may mend is not.
struct OncePerKey {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    /// Does what `perform` does, or gives the answer that is kept.
    func respond(
        to exchange: Exchange, _ perform: (Exchange) async throws(ErrorAnswer) -> HTTPResponse
    ) async throws(ErrorAnswer) -> HTTPResponse {
        guard exchange.request.fields.first("idempotency-key") != nil else {
            return try await perform(exchange)
        }
        let claim = try Self.claim(exchange)
        let lease: Lease?
        do {
            lease = try await node.acquire(claim.key)
        } catch .locked {
            throw Self.stillRunning
        } catch {
            throw errors.answer(to: error)
        }
        let result: Result<HTTPResponse, ErrorAnswer>
        do throws(ErrorAnswer) {
            result = .success(try await respond(holding: claim, exchange, perform))
        } catch {
            result = .failure(error)
        }
        await node.release(lease)
        return try result.get()
    }

    private func respond(
        holding claim: IdempotencyClaim, _ exchange: Exchange,
        _ perform: (Exchange) async throws(ErrorAnswer) -> HTTPResponse
    ) async throws(ErrorAnswer) -> HTTPResponse {
        let lookup = try await lookUp(claim.key)
        if let answered = lookup.answered { return try await replay(answered, to: claim, exchange) }
        guard lookup.keptOfPrincipal < Limits.idempotencyKeysMax else { throw Self.tooManyKeys }
        var exchange = exchange
        let attempt = KeyedAttempt(claim)
        exchange.attempt = attempt
        do throws(ErrorAnswer) {
            return try await perform(exchange)
        } catch {
            switch error.standing {
            case .open: throw error
            case .answeredBefore(let body): return try await replayNow(claim, body: body, exchange)
            case .lasting:
                do throws(Failure) {
                    try await node.record(.refused(RecordedRefusal(error)), of: attempt.claim)
                } catch .refused(.keyUsed) {
                    return try await replayNow(claim, body: attempt.claim.body, exchange)
                } catch let failure {
                    throw errors.answer(to: failure)
                }
                throw error
            }
        }
    }

    // MARK: Again

    /// Another request with the key was faster.
    private func replayNow(
        _ claim: IdempotencyClaim, body: [UInt8]?, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        var claim = claim
        claim.body = body
        guard let answered = try await lookUp(claim.key).answered else { throw Self.stillRunning }
        return try await replay(answered, to: claim, exchange)
    }

    /// The answer that is kept, if the request is the same. Its body is read for that, and not stored.
    private func replay(
        _ answered: AnsweredRequest, to claim: IdempotencyClaim, _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        var claim = claim
        if claim.body == nil, answered.claim.body != nil, claim.head == answered.claim.head {
            claim.body = try await bodyDigest(exchange.request)
        }
        guard claim.isSame(as: answered.claim) else { throw Self.mismatch }
        var response: HTTPResponse
        switch answered.answer {
        case .entry(let entry):
            response = entries.answer(entry.committed(at: answered.at), exchange)
        case .done: response = .noContent
        case .refused(let refusal):
            var answer = ErrorAnswer(refusal)
            answer.fields.append(("idempotency-replayed", "true"))
            throw answer
        }
        response.fields.append("idempotency-replayed", "true")
        return response
    }

    private func lookUp(_ key: IdempotencyKey) async throws(ErrorAnswer) -> AnswerLookup {
        do { return try await node.answer(to: key) } catch { throw errors.answer(to: error) }
    }

    private func bodyDigest(_ request: HTTPRequest) async throws(ErrorAnswer) -> [UInt8] {
        let digest = node.dependencies.hash.startDigest(.sha256)
        let buffer = ByteBuffer(capacity: Limits.transferBufferBytes)
        var total: UInt64 = 0
        do throws(ByteStreamError) {
            while try await request.body.read(into: buffer) > 0 {
                digest.update(buffer.readable)
                total += UInt64(buffer.readableCount)
                buffer.clear()
                if let limit = node.dependencies.settings.bodyBytesMax, total > limit {
                    throw ByteStreamError.tooLarge(limit: limit)
                }
            }
        } catch {
            throw errors.answer(to: .body(error))
        }
        return digest.finish()
    }

    // MARK: Requests

    private static func claim(_ exchange: Exchange) throws(ErrorAnswer) -> IdempotencyClaim {
        let field = exchange.request.fields.only("idempotency-key") ?? ""
        guard let key = IdempotencyKey(parsing: field, of: exchange.principal.name) else {
            throw .invalidRequest(
                "The field 'Idempotency-Key' is a string of 1 to \(Limits.idempotencyKeyBytesMax) visible "
                    + "characters, in quotes or bare.")
        }
        return IdempotencyClaim(key: key, head: head(of: exchange))
    }

    /// What tells a request from others besides its body. Fields that only concern the transfer, or verify
    /// it, are left out.
    private static func head(of exchange: Exchange) -> [UInt8] {
        let request = exchange.request
        let fields = request.fields.all.filter { names.contains($0.name) || $0.name.hasPrefix("x-callfs-") }
        var parts = [request.method.token, request.target]
        // In one order, but those of one name in theirs.
        for name in Set(fields.map(\.name)).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            parts += [name] + fields.filter { $0.name == name }.map(\.value)
        }
        var bytes: [UInt8] = []
        for part in parts { bytes += Array("\(part.utf8.count):".utf8) + Array(part.utf8) }
        return bytes.withUnsafeBytes { exchange.hash.sha256($0) }
    }

    private static let names: Set<String> = [
        "content-type", "depth", "destination", "if-match", "if-modified-since", "if-none-match",
        "if-unmodified-since", "overwrite",
    ]

    // MARK: Errors

    private static var mismatch: ErrorAnswer {
        ErrorAnswer(
            422, "IDEMPOTENCY_MISMATCH",
            "This 'Idempotency-Key' was used for another request. Take a new key for each request.")
    }

    private static var stillRunning: ErrorAnswer {
        var answer = ErrorAnswer(
            409, "WRITE_SUPERSEDED", "A request with this 'Idempotency-Key' is still under way. Try again.")
        answer.fields = [("retry-after", "1")]
        return answer
    }

    private static var tooManyKeys: ErrorAnswer {
        var answer = ErrorAnswer(
            429, "RATE_LIMIT_EXCEEDED",
            "More than \(Limits.idempotencyKeysMax) keys of yours are kept; each is kept for a day.")
        answer.fields = [("retry-after", "60")]
        return answer
    }
}

/// A request under a key while it is worked on. Confined to its task.
final class KeyedAttempt {
    var claim: IdempotencyClaim

    init(_ claim: IdempotencyClaim) { self.claim = claim }
}

extension RecordedRefusal {
    init(_ answer: ErrorAnswer) {
        self.init(
            status: answer.status, code: answer.code, message: answer.message,
            details: answer.details.map { Pair(name: $0.name, value: $0.value) },
            fields: answer.fields.map { Pair(name: $0.name, value: $0.value) })
    }
}

extension ErrorAnswer {
    init(_ refusal: RecordedRefusal) {
        self.init(refusal.status, refusal.code, refusal.message)
        details = refusal.details.map { ($0.name, $0.value) }
        fields = refusal.fields.map { ($0.name, $0.value) }
    }
}
