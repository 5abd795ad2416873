import Domain
import Ports
import Services

extension JSONNode.Value {
    /// The integer that a number is, in its JSON Schema sense: `1000`, and `1000.0` and `1e3` too, which some
    /// languages write. Nil for anything else, and for what does not fit.
    var wholeNumber: Int64? {
        guard case .number(let text) = self else { return nil }
        return WrittenNumber(text)?.integer
    }
}

extension Exchange {
    /// The body as JSON, whatever its media type says; at most `Limits.jsonBodyBytesMax` of it.
    func json(_ errors: ErrorResponses) async throws(ErrorAnswer) -> JSONNode {
        let limit = Limits.jsonBodyBytesMax
        if let length = request.contentLength, length > UInt64(limit) {
            throw errors.answer(to: .bodyTooLarge(limit: UInt64(limit)))
        }
        let buffer = ByteBuffer(capacity: limit + 1)
        do {
            while buffer.readableCount <= limit, try await request.body.read(into: buffer) > 0 {}
        } catch {
            throw errors.answer(to: .body(error))
        }
        guard buffer.readableCount <= limit else {
            throw errors.answer(to: .bodyTooLarge(limit: UInt64(limit)))
        }
        try DigestFields.check(request.fields, body: [UInt8](buffer.readable), hash)
        attempt?.claim.body = hash.sha256(buffer.readable)
        do { return try JSONReader.parse([UInt8](buffer.readable)) } catch {
            throw .invalidRequest("The body is not JSON: \(error.message) (line \(error.line)).")
        }
    }

    /// Whether nothing comes as a body.
    func hasNoBody(_ errors: ErrorResponses) async throws(ErrorAnswer) -> Bool {
        if let length = request.contentLength { return length == 0 }
        do {
            return try await request.body.read(into: ByteBuffer(capacity: 1)) == 0
        } catch {
            throw errors.answer(to: .body(error))
        }
    }

    /// The members of the body, which must be a JSON object.
    func jsonObject(_ errors: ErrorResponses) async throws(ErrorAnswer) -> [JSONNode.Member] {
        guard case .object(let members) = try await json(errors).value else {
            throw .invalidRequest("The body is not a JSON object.")
        }
        return members
    }
}
