private import Domain

/// What makes a key or a secret unfit: too short, or copied from a document. The messages never show one.
package enum CredentialRules {
    /// The clause that follows the label, or nil for a fit one.
    package static func fault(of secret: Secret) -> String? {
        let bytes = secret.bytes
        if bytes.isEmpty { return "is empty" }
        if isPlaceholder(secret.revealed) {
            return "is a placeholder from a document; \(remedy)"
        }
        if bytes.count < Limits.keyBytesMin {
            return
                "has \(bytes.count) bytes and needs at least \(Limits.keyBytesMin); \(remedy)"
        }
        if bytes.count > Limits.keyBytesMax { return "is longer than \(Limits.keyBytesMax) bytes" }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x2C }) else {
            return "holds a space, a comma or a character beyond ASCII, which no header or list can carry"
        }
        return nil
    }

    /// The clause that follows the label of a digest, or nil for a fit one. `sha256` computes digests.
    package static func fault(ofDigest digest: [UInt8], sha256: ([UInt8]) -> [UInt8]) -> String? {
        let isKnown = documentedTexts.contains { sha256(Array($0.utf8)) == digest }
        guard isKnown || Set(digest).count == 1 else { return nil }
        return "is a placeholder, or the digest of a text from a document and of no key; \(remedy), and its "
            + "digest with `printf %s \"$KEY\" | sha256sum`"
    }

    /// Texts whose digests examples show, or that their commands give when nothing is put in.
    private static let documentedTexts = ["", "\n", "foo", "foo\n", "KEY", "KEY\n", "$KEY", "$KEY\n"]

    /// Whether it is what examples write, or something of their kind.
    static func isPlaceholder(_ text: String) -> Bool {
        let word = text.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
        if beginnings.contains(where: word.hasPrefix) { return true }
        return Set(word).count <= 2
    }

    private static let remedy = "make one with `openssl rand -hex 32`"

    /// Without hyphens and underscores, in lower case.
    private static let beginnings = [
        "your", "changeme", "changethis", "replaceme", "replacethis", "placeholder", "example", "insert",
        "secret",
        "password", "apikey", "xxxx", "dummy", "sample", "default", "0123456789", "123456789", "abcdefgh",
        "<", "$",
        "{{",
    ]
}
