/// What makes a key or a secret unfit: too short, or copied from a document. The messages never show one.
package enum CredentialRules {
    /// 16 random bytes cannot be guessed; fewer characters never hold as much.
    package static let bytesMin = 16
    /// More would crowd out other headers.
    package static let bytesMax = 512

    /// The clause that follows the label, or nil for a fit one.
    package static func fault(of secret: Secret) -> String? {
        let bytes = secret.bytes
        if bytes.isEmpty { return "is empty" }
        if isPlaceholder(secret.revealed) {
            return "is a placeholder from a document; \(remedy)"
        }
        if bytes.count < bytesMin {
            return
                "has \(bytes.count) bytes and needs at least \(bytesMin); \(remedy)"
        }
        if bytes.count > bytesMax { return "is longer than \(bytesMax) bytes" }
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x2C }) else {
            return "holds a space, a comma or a character beyond ASCII, which no header or list can carry"
        }
        return nil
    }

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
