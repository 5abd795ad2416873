import Domain
import Ports
import Services

/// A body of `application/json` on POST: says what to make instead of being its content.
struct FileDescriptorBody {
    enum Kind {
        case file, directory
        case symlink(SymlinkTarget)
        /// Another name for what is at the path.
        case link(FilePath)
    }

    let kind: Kind
    let mode: FileMode?

    /// Refuses what is not said of such a thing, and what is missing.
    fileprivate init(type: String?, mode: FileMode?, target: String?) throws(ErrorAnswer) {
        self.mode = mode
        switch type {
        case "file", "directory":
            guard target == nil else { throw .invalidRequest("Only a link has a 'target'.") }
            kind = type == "file" ? .file : .directory
        case "symlink", "link":
            guard let target else { throw .invalidRequest("A link has a 'target'.") }
            guard mode == nil else { throw .invalidRequest("A link has no mode of its own.") }
            kind = try Self.link(to: target, isSymbolic: type == "symlink")
        case nil: throw .invalidRequest("The body has no member 'type'.")
        default: throw .invalidRequest("'type' is 'file', 'directory', 'symlink' or 'link'.")
        }
    }

    private static func link(to target: String, isSymbolic: Bool) throws(ErrorAnswer) -> Kind {
        do throws(PathRefusal) {
            return isSymbolic
                ? .symlink(try SymlinkTarget(target)) : .link(try FilePath(parsing: target))
        } catch {
            throw ErrorAnswer(400, "INVALID_PATH", "The 'target' is refused: \(error)")
        }
    }
}

extension FileUploadAPI {
    func isDescriptor(_ fields: HTTPFields) -> Bool {
        fields.only("content-type").flatMap { MediaType($0) }?.essence == "application/json"
    }

    func descriptor(_ exchange: Exchange) async throws(ErrorAnswer) -> FileDescriptorBody {
        var (type, target): (String?, String?)
        var mode: FileMode?
        for member in try await exchange.jsonObject(errors) {
            switch (member.name, member.node.value) {
            case ("type", .string(let text)): type = text
            case ("target", .string(let text)): target = text
            case ("mode", .string(let text)):
                guard let known = FileMode(octal: text) else {
                    throw .invalidRequest("'mode' is an octal number in quotes, such as \"0644\".")
                }
                mode = known
            case ("type", _), ("mode", _), ("target", _):
                throw .invalidRequest("'\(member.name)' is a string.")
            default:
                throw .invalidRequest(
                    "There is no member '\(member.name)' here; there is: type, mode, target.")
            }
        }
        return try FileDescriptorBody(type: type, mode: mode, target: target)
    }
}
