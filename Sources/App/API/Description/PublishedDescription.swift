import Domain
import Ports
private import Synchronization

/// The published description as it is served: made once for a version, since it is large and never changes.
final class PublishedDescription: Sendable {
    struct Document {
        let version: String
        let bytes: [UInt8]
        /// Of the bytes, so that every node that runs the same version has the same.
        let tag: EntityTag
    }

    private let made = Mutex<Document?>(nil)

    func document(version: String, hash: any KeyedHash) -> Document {
        if let known = made.withLock({ $0 }), known.version == version { return known }
        let bytes = [UInt8](APIDescription.document(version: version).utf8)
        let digest = bytes.withUnsafeBytes { hash.sha256($0) }
        guard let opaque = Identifier(bytes: digest.prefix(16)) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        let document = Document(version: version, bytes: bytes, tag: EntityTag(opaque: opaque.description))
        made.withLock { $0 = document }
        return document
    }
}
