/// Blanks comments and string literals of Swift source, byte for byte, so that a rule about code is not
/// fooled by a sentence about code. Newlines stay, and so does the code inside interpolations.
///
/// Knows nested comments, multi-line and raw strings. Regular-expression literals are taken for code.
func maskedSwift(_ text: String) -> [UInt8] {
    var masker = SwiftMasker(bytes: Array(text.utf8))
    masker.maskCode(untilClosingParenthesis: false)
    return masker.bytes
}

private struct SwiftMasker {
    var bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Walks over code to its end, or to the parenthesis that ends an interpolation.
    mutating func maskCode(untilClosingParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            if starts(with: "//") {
                maskLine()
            } else if starts(with: "/*") {
                maskBlockComment()
            } else if let hashes = hashesBeforeQuote() {
                maskString(hashes: hashes)
            } else {
                let byte = bytes[position]
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if untilClosingParenthesis && depth == 0 { return }
                    depth -= 1
                }
                position += 1
            }
        }
    }

    private func starts(with token: StaticString, at offset: Int = 0) -> Bool {
        let start = position + offset
        guard start + token.utf8CodeUnitCount <= bytes.count else { return false }
        for index in 0..<token.utf8CodeUnitCount where bytes[start + index] != token.utf8Start[index] {
            return false
        }
        return true
    }

    private mutating func blank(_ count: Int) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] != UInt8(ascii: "\n") { bytes[position] = UInt8(ascii: " ") }
            position += 1
        }
    }

    private mutating func maskLine() {
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { blank(1) }
    }

    private mutating func maskBlockComment() {
        var depth = 0
        repeat {
            if starts(with: "/*") {
                depth += 1
                blank(2)
            } else if starts(with: "*/") {
                depth -= 1
                blank(2)
            } else {
                blank(1)
            }
        } while depth > 0 && position < bytes.count
    }

    /// How many `#` stand before the quote that starts a literal here; nil when no literal starts here.
    private func hashesBeforeQuote() -> Int? {
        var count = 0
        while position + count < bytes.count, bytes[position + count] == UInt8(ascii: "#") { count += 1 }
        return starts(with: "\"", at: count) ? count : nil
    }

    /// Blanks a literal but for its outer quotes.
    private mutating func maskString(hashes: Int) {
        position += hashes
        let isMultiline = starts(with: "\"\"\"")
        position += isMultiline ? 3 : 1
        while position < bytes.count {
            if isAtEnd(isMultiline: isMultiline, hashes: hashes) {
                position += (isMultiline ? 3 : 1) + hashes
                return
            }
            if !isMultiline && bytes[position] == UInt8(ascii: "\n") { return }
            guard isAtEscape(hashes: hashes) else {
                blank(1)
                continue
            }
            blank(1 + hashes)
            if starts(with: "(") {
                position += 1
                maskCode(untilClosingParenthesis: true)
                position += 1
            } else {
                blank(1)
            }
        }
    }

    private func isAtEnd(isMultiline: Bool, hashes: Int) -> Bool {
        guard isMultiline ? starts(with: "\"\"\"") : starts(with: "\"") else { return false }
        return areHashes(hashes, at: isMultiline ? 3 : 1)
    }

    private func isAtEscape(hashes: Int) -> Bool { starts(with: "\\") && areHashes(hashes, at: 1) }

    private func areHashes(_ count: Int, at offset: Int) -> Bool {
        (0..<count).allSatisfy { starts(with: "#", at: offset + $0) }
    }
}
