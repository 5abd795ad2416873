import Domain
import Ports
import Services

/// A body of `application/json` on POST: says what to make instead of being its content.
struct FileDescriptorBody {
    let kind: FileKind
    let mode: FileMode?
}

extension FileUploadAPI {
    func isDescriptor(_ fields: HTTPFields) -> Bool {
        fields.only("content-type").flatMap { MediaType($0) }?.essence == "application/json"
    }

    func descriptor(_ exchange: Exchange) async throws(ErrorAnswer) -> FileDescriptorBody {
        let value = try await json(exchange.request)
        guard case .object(let members) = value.value else {
            throw .invalidRequest("The body is not a JSON object.")
        }
        var kind: FileKind?
        var mode: FileMode?
        for member in members {
            switch (member.name, member.node.value) {
            case ("type", .string(let text)):
                guard let known = FileKind(rawValue: text) else {
                    throw .invalidRequest("'type' is 'file', 'directory' or 'symlink'.")
                }
                kind = known
            case ("mode", .string(let text)):
                guard let known = FileMode(octal: text) else {
                    throw .invalidRequest("'mode' is an octal number in quotes, such as \"0644\".")
                }
                mode = known
            case ("type", _), ("mode", _): throw .invalidRequest("'\(member.name)' is a string.")
            default: throw .invalidRequest("There is no member '\(member.name)' here; there is: type, mode.")
            }
        }
        guard let kind else { throw .invalidRequest("The body has no member 'type'.") }
        return FileDescriptorBody(kind: kind, mode: mode)
    }

    private func json(_ request: HTTPRequest) async throws(ErrorAnswer) -> JSONNode {
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
        do { return try JSONReader.parse([UInt8](buffer.readable)) } catch {
            throw .invalidRequest(error.message)
        }
    }
}
