import Domain

/// The value of `Content-Disposition` that makes a browser store an answer under a name (RFC 6266).
enum ContentDisposition {
    /// With the name twice: for old clients in ASCII, where `_` stands for what could be misread (RFC 6266
    /// appendix D), and for all others exactly (RFC 8187 section 3.2).
    static func attachment(_ name: FileName) -> String {
        "attachment; filename=\"\(fallback(name.text))\"; filename*=UTF-8''\(extended(name.text))"
    }

    private static func fallback(_ text: String) -> String {
        var fallback = ""
        for scalar in text.unicodeScalars {
            let isPlain = (0x20...0x7E).contains(scalar.value) && !misleading.contains(scalar)
            fallback.unicodeScalars.append(isPlain ? scalar : "_")
        }
        return fallback
    }

    /// What ends or escapes a quoted string, starts an escape to some clients, or separates directories.
    private static let misleading: Set<Unicode.Scalar> = ["\"", "\\", "%", "/"]

    private static func extended(_ text: String) -> String {
        var extended = ""
        for byte in text.utf8 {
            if isAttributeCharacter(byte) {
                extended.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                extended += digits.utf8.count == 1 ? "%0" + digits : "%" + digits
            }
        }
        return extended
    }

    /// attr-char of RFC 8187 section 3.2.1.
    private static func isAttributeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$&+-.^_`|~".utf8.contains(byte)
        }
    }
}
