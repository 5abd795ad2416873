/// Takes known secrets out of log lines, whoever put them there: the last line behind the rule that nobody
/// logs them.
///
/// Looks at each position of a line once, whatever the number of secrets: the eight bytes there are looked up
/// among the first eight of all secrets, by a filter that most positions do not pass.
struct SecretMask {
    /// Shorter ones are no secrets: they would be found everywhere.
    static let bytesMin = 8

    private static let filterBits = 12

    private var secrets: [UInt64: [[UInt8]]] = [:]
    private var filter = [Bool](repeating: false, count: 1 << filterBits)

    var isEmpty: Bool { secrets.isEmpty }

    mutating func add(_ secret: String) {
        var escaped: [UInt8] = []
        EscapedText.append(secret, to: &escaped)
        for bytes in Set([Array(secret.utf8), escaped]) where bytes.count >= Self.bytesMin {
            let word = bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
            if secrets[word]?.contains(bytes) == true { continue }
            // The longest first, so that of two that begin alike no rest of the longer one stays.
            secrets[word, default: []].append(bytes)
            secrets[word]?.sort { $0.count > $1.count }
            filter[Self.slot(word)] = true
        }
    }

    /// Overwrites every secret in the bytes by asterisks.
    func apply(to bytes: inout [UInt8]) {
        guard !secrets.isEmpty, bytes.count >= Self.bytesMin else { return }
        bytes.withUnsafeMutableBytes { buffer in
            var position = 0
            while position + Self.bytesMin <= buffer.count {
                let word = buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                let length = filter[Self.slot(word)] ? match(word, in: buffer, at: position) : 0
                for index in position..<position + length { buffer[index] = UInt8(ascii: "*") }
                position += max(1, length)
            }
        }
    }

    private func match(_ word: UInt64, in buffer: UnsafeMutableRawBufferPointer, at position: Int) -> Int {
        let rest = buffer[position...]
        return secrets[word]?.first { rest.starts(with: $0) }?.count ?? 0
    }

    /// Multiplicative hashing by the golden ratio (Knuth, volume 3, section 6.4).
    private static func slot(_ word: UInt64) -> Int {
        Int((word &* 0x9E37_79B9_7F4A_7C15) >> (64 - filterBits))
    }
}
