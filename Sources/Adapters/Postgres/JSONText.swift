/// JSON for the server, written straight into a text.
struct JSONObject {
    private(set) var text = "{"

    /// Complete from here on.
    var closed: String { text + "}" }

    mutating func add(_ key: String, _ value: String) {
        begin(key)
        Self.append(value, to: &text)
    }

    mutating func add(_ key: String, _ value: some BinaryInteger) {
        begin(key)
        text += String(value)
    }

    mutating func addNull(_ key: String) {
        begin(key)
        text += "null"
    }

    /// What is JSON already.
    mutating func add(_ key: String, json: String) {
        begin(key)
        text += json
    }

    /// Bytes as hexadecimal digits; nothing for nil.
    mutating func add(_ key: String, hex bytes: [UInt8]?) {
        guard let bytes else { return }
        begin(key)
        text += "\""
        for byte in bytes {
            text.unicodeScalars.append(Self.digit(byte >> 4))
            text.unicodeScalars.append(Self.digit(byte & 0xF))
        }
        text += "\""
    }

    private mutating func begin(_ key: String) {
        if text.utf8.count > 1 { text += "," }
        text += "\"\(key)\":"
    }

    static func array(_ elements: some Sequence<String>) -> String {
        "[" + elements.joined(separator: ",") + "]"
    }

    /// With quotes, and what must be escaped in them (RFC 8259 section 7).
    static func append(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..."\u{1F}":
                text += "\\u00"
                text.unicodeScalars.append(digit(UInt8(scalar.value) >> 4))
                text.unicodeScalars.append(digit(UInt8(scalar.value) & 0xF))
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    private static func digit(_ value: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(value < 10 ? 0x30 + value : 0x57 + value)
    }
}
