/// A piece of text to look for, as a whole word at the sides that say so.
struct Phrase {
    let text: String
    private let bytes: [UInt8]
    private let startsWord: Bool
    private let endsWord: Bool

    /// A side that is a letter, a digit or `_` must be the edge of a word.
    init(_ text: String) {
        precondition(!text.isEmpty)
        self.text = text
        bytes = Array(text.utf8)
        startsWord = isWordByte(bytes[0])
        endsWord = isWordByte(bytes[bytes.count - 1])
    }

    /// The offsets where it begins in `haystack`.
    func offsets(in haystack: [UInt8]) -> [Int] {
        var found: [Int] = []
        haystack.withUnsafeBufferPointer { all in
            guard all.count >= bytes.count else { return }
            for start in 0...(all.count - bytes.count) where all[start] == bytes[0] {
                if isMatch(all, start) { found.append(start) }
            }
        }
        return found
    }

    private func isMatch(_ all: UnsafeBufferPointer<UInt8>, _ start: Int) -> Bool {
        for index in 1..<max(1, bytes.count) where all[start + index] != bytes[index] { return false }
        if startsWord, start > 0, isWordByte(all[start - 1]) { return false }
        let end = start + bytes.count
        return !(endsWord && end < all.count && isWordByte(all[end]))
    }
}

func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
    default: false
    }
}

/// The words of `text`, in order.
func words(of text: some StringProtocol) -> [String] {
    text.utf8.split { !isWordByte($0) }.map { String(decoding: $0, as: UTF8.self) }
}

extension [UInt8] {
    /// The offset of the bracket that closes the one at `start`; nil when it is never closed. Only brackets
    /// of the same kind are counted.
    func closing(_ open: Character, _ close: Character, from start: Int) -> Int? {
        guard let open = open.asciiValue, let close = close.asciiValue else { return nil }
        var depth = 0
        for offset in start..<count {
            if self[offset] == open { depth += 1 }
            if self[offset] == close {
                depth -= 1
                if depth == 0 { return offset }
            }
        }
        return nil
    }
}
