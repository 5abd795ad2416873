/// What a download link's address ends in: the link's number and the proof that this deployment issued it.
/// Written `<id>.<signature>`, both base64url without padding, so nothing in it needs escaping.
package struct LinkToken: Sendable, Equatable {
    /// 128 random bits, and no time in them: it must not be guessed.
    package let id: [UInt8]
    /// HMAC-SHA256 over `signedBytes`. To be compared in constant time.
    package let signature: [UInt8]

    package static let idBytes = 16
    package static let signatureBytes = 32

    package init(id: [UInt8], signature: [UInt8]) {
        precondition(id.count == Self.idBytes && signature.count == Self.signatureBytes)
        self.id = id
        self.signature = signature
    }

    /// Reads what `description` writes; nil for anything else, so that a token has one spelling.
    package init?(parsing text: some StringProtocol) {
        guard text.utf8.count == Self.textBytes else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = Base64URL.decode(parts[0]), id.count == Self.idBytes,
            let signature = Base64URL.decode(parts[1]), signature.count == Self.signatureBytes
        else { return nil }
        self.init(id: id, signature: signature)
    }

    /// The bytes that are signed: a version, then each part in a fixed width or after its length, so that no
    /// two links have the same.
    package static func signedBytes(id: [UInt8], path: FilePath, expiresAt: WallTime) -> [UInt8] {
        precondition(id.count == idBytes)
        let text = Array(path.description.utf8)
        var bytes: [UInt8] = [1]
        bytes += id
        bytes += bigEndian(UInt64(bitPattern: expiresAt.nanoseconds))
        bytes += bigEndian(UInt64(text.count))
        bytes += text
        return bytes
    }

    private static func bigEndian(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) }
    }

    /// 22 and 43 characters and the point.
    private static let textBytes = 66
}

extension LinkToken: CustomStringConvertible {
    package var description: String { Base64URL.encode(id) + "." + Base64URL.encode(signature) }
}
