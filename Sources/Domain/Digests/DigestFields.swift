/// The values of `Content-Digest` and `Repr-Digest` (RFC 9530 sections 2 and 3): a dictionary of digests.
package enum DigestField {
    /// The digests that a request gives. Algorithms that are not known are passed over beside one that is;
    /// alone they are refused, since a client that sends a digest counts on its being checked.
    package static func parse(_ text: String) throws(DigestFieldRefusal) -> [Digest] {
        guard let members = StructuredDictionary(parsing: text) else { throw .malformed }
        var digests: [Digest] = []
        for member in members.members {
            guard case .bytes(let bytes) = member.value else { throw .malformed }
            guard let algorithm = DigestAlgorithm(rawValue: member.key) else { continue }
            guard let digest = Digest(algorithm, bytes) else { throw .wrongLength(algorithm) }
            digests.append(digest)
        }
        guard !digests.isEmpty || members.members.isEmpty else { throw .unknownAlgorithms }
        return digests
    }

    /// The member of one digest, such as `sha-256=:...:`.
    package static func member(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> String {
        algorithm.rawValue + "=:" + Base64.encode(bytes) + ":"
    }

    /// What `Want-Content-Digest` and `Want-Repr-Digest` of this server say.
    package static let wanted = "sha-256=10, sha-512=10, crc32c=1"
}

package enum DigestFieldRefusal: Error, Equatable, Sendable {
    case malformed
    case wrongLength(DigestAlgorithm)
    case unknownAlgorithms
}

extension DigestFieldRefusal: CustomStringConvertible {
    /// The end of a sentence that begins with the field's name.
    package var description: String {
        let known = DigestAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
        return switch self {
        case .malformed: "is not a dictionary of digests, such as sha-256=:<base64>:."
        case .wrongLength(let algorithm):
            "has a \(algorithm.rawValue) digest of other than \(algorithm.byteCount) bytes."
        case .unknownAlgorithms: "has no digest that is known here; there is: \(known)."
        }
    }
}

/// The value of `Want-Content-Digest` or `Want-Repr-Digest` (RFC 9530 section 4).
package struct WantedDigests: Sendable, Equatable {
    /// What is acceptable and known here, the most wanted first; of what is wanted alike, the strongest.
    package let preferred: [DigestAlgorithm]
    /// Whether SHA-256 is refused in so many words.
    package let excludesDefault: Bool

    /// Nil for what is no dictionary of whole numbers from 0 (not acceptable) to 10.
    package init?(parsing text: String) {
        guard let members = StructuredDictionary(parsing: text) else { return nil }
        var weights: [DigestAlgorithm: Int64] = [:]
        for member in members.members {
            guard case .integer(let weight) = member.value, (0...10).contains(weight) else { return nil }
            if let algorithm = DigestAlgorithm(rawValue: member.key) { weights[algorithm] = weight }
        }
        let known = DigestAlgorithm.allCases
        // Sorted by hand, because the library's sort does not promise to keep the order of equals.
        preferred = (1...10).reversed().flatMap { weight in known.filter { weights[$0] == weight } }
        excludesDefault = weights[.sha256] == 0
    }
}
