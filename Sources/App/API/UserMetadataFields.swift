import Domain
import Ports

/// The metadata of a request, which has a field of its own for every name: `X-CallFS-Meta-<name>: value`.
enum UserMetadataFields {
    static let prefix = "x-callfs-meta-"

    /// Nil when no field is there, which leaves the metadata of a file that is there as it is.
    static func read(_ fields: HTTPFields) throws(ErrorAnswer) -> UserMetadata? {
        var metadata: UserMetadata?
        for field in fields.all where field.name.hasPrefix(prefix) {
            let name = String(field.name.dropFirst(prefix.count))
            var read = metadata ?? UserMetadata()
            guard read[name] == nil else {
                throw .invalidRequest("The field '\(field.name)' is there twice.")
            }
            do { try read.set(name, to: field.value) } catch { throw .invalidRequest(error.description) }
            metadata = read
        }
        return metadata
    }
}
