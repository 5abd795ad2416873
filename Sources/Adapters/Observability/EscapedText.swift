private import Domain

/// Text from anywhere, made fit to stand between the quotes of a JSON string (RFC 8259 section 7) and before
/// the eyes of whoever reads a log on a terminal.
enum EscapedText {
    /// Longer texts are cut: a path and something beside it fit.
    static let bytesMax = 8 * 1024

    /// Appends the text. Quotes, backslashes and everything that does not print (controls, bidirectional
    /// overrides, separators of lines) come as escapes, so that an event is always one line that shows what
    /// it holds.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        let wasPlain = text.withUTF8 { buffer in
            guard buffer.count <= bytesMax, buffer.allSatisfy(Self.isPlain) else { return false }
            bytes.append(contentsOf: buffer)
            return true
        }
        if !wasPlain { appendSlowly(text, to: &bytes) }
    }

    static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func appendSlowly(_ text: String, to bytes: inout [UInt8]) {
        var count = 0
        for scalar in text.unicodeScalars {
            count += UTF8.width(scalar)
            if count > bytesMax {
                bytes.append(contentsOf: "...".utf8)
                return
            }
            switch scalar {
            case "\"", "\\":
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(ascii: scalar))
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\r": bytes.append(contentsOf: "\\r".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            default:
                if PrintableText.isPrintable(scalar) {
                    bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                } else {
                    for unit in String(scalar).utf16 { appendEscape(unit, to: &bytes) }
                }
            }
        }
    }

    private static func appendEscape(_ unit: UInt16, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\\u".utf8)
        let digits = Array("0123456789abcdef".utf8)
        for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> shift & 15)]) }
    }
}
