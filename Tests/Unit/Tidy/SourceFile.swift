/// A file as the rules see it: where it is, what it says, and what of that is code.
struct SourceFile {
    /// From the root of the repository, with `/`.
    let path: String
    let text: String
    /// `text` with comments and the insides of string literals blanked byte by byte, so that offsets and
    /// lines agree; only for Swift, equal to the text elsewhere.
    let code: [UInt8]
    /// The offsets of the newlines in `code`.
    private let newlines: [Int]

    init(_ path: String, _ text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? maskedSwift(text) : Array(text.utf8)
        newlines = code.indices.filter { [code] in code[$0] == UInt8(ascii: "\n") }
    }

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    var fileExtension: String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[parts.count - 1]) : ""
    }

    var isSwift: Bool { fileExtension == "swift" }

    /// Whether the first line asks for bash; scripts have no extension.
    var isBash: Bool {
        guard text.hasPrefix("#!"), let first = text.split(separator: "\n", maxSplits: 1).first else {
            return false
        }
        return first.hasSuffix("bash")
    }

    func isBelow(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }
    func isBelow(anyOf folders: [String]) -> Bool { folders.contains { isBelow($0) } }

    /// The lines without their ends; the piece behind the last newline counts only when it is not empty.
    var lines: [Substring] {
        // By bytes, since "\r\n" is one Character.
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// The lines of `code`.
    var codeLines: [String] {
        code.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// The number of the line that holds the byte at `offset`.
    func line(at offset: Int) -> Int {
        var low = 0
        var high = newlines.count
        while low < high {
            let middle = (low + high) / 2
            if newlines[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low + 1
    }

    func violation(at offset: Int, _ message: String) -> Violation {
        Violation(path: path, line: line(at: offset), message: message)
    }

    func violation(line: Int, _ message: String) -> Violation {
        Violation(path: path, line: line, message: message)
    }
}
