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
        var kind: FileKind?
        var mode: FileMode?
        for member in try await exchange.jsonObject(errors) {
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
}
