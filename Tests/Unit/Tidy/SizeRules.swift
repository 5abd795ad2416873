/// Sizes past which a line, a function or a file has more than one idea, and the few that may.
enum SizeLimits {
    static let lineColumns = 110
    static let functionLines = 70
    static let fileLines = 500

    /// Files that may be longer, each with the reason.
    static let longFiles: [String: String] = [:]

    /// Functions that may be longer, as `path:name`, each with the reason.
    static let longFunctions: [String: String] = [:]
}

/// Lines of code too wide to read beside each other. One word that cannot be broken, such as an address, may
/// be.
func lineViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift || file.isBash || ["c", "h", "py"].contains(file.fileExtension) else { return [] }
    return file.lines.enumerated().compactMap { index, line in
        guard line.utf8.count > SizeLimits.lineColumns, line.unicodeScalars.count > SizeLimits.lineColumns,
            line.contains("://") == false || line.split(separator: " ").count > 2
        else { return nil }
        return file.violation(line: index + 1, "longer than \(SizeLimits.lineColumns) columns")
    }
}

/// Files too long to have one idea.
func fileSizeViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift, SizeLimits.longFiles[file.path] == nil else { return [] }
    let count = file.lines.count
    guard count > SizeLimits.fileLines else { return [] }
    return [
        file.violation(
            line: 0,
            "\(count) lines, at most \(SizeLimits.fileLines): split it by idea, or list it with a reason")
    ]
}

/// A function or initializer with a body.
struct FunctionExtent: Equatable {
    let name: String
    let firstLine: Int
    let lastLine: Int

    /// From the line of the keyword to the line of the closing brace.
    var count: Int { lastLine - firstLine + 1 }

    /// All functions of a file, nested ones too.
    static func all(in file: SourceFile) -> [FunctionExtent] {
        ["func ", "init", "deinit"].flatMap { keyword in
            Phrase(keyword).offsets(in: file.code).compactMap { extent(in: file, keyword, at: $0) }
        }
    }

    private static func extent(in file: SourceFile, _ keyword: String, at start: Int) -> FunctionExtent? {
        let code = file.code
        let after = start + keyword.utf8.count
        if keyword == "init" {
            // `self.init(` is a call, and an `init` without parameters or type parameters is none of ours.
            if start > 0, code[start - 1] == UInt8(ascii: ".") { return nil }
            guard after < code.count, "(<?!".utf8.contains(code[after]) else { return nil }
        }
        guard let open = bodyStart(code, from: after), let end = code.closing("{", "}", from: open) else {
            return nil
        }
        return FunctionExtent(
            name: name(keyword, code[after..<open]), firstLine: file.line(at: start),
            lastLine: file.line(at: end))
    }

    private static func name(_ keyword: String, _ signature: ArraySlice<UInt8>) -> String {
        guard keyword == "func " else { return keyword }
        let name = signature.prefix { isWordByte($0) }
        return name.isEmpty ? "operator" : String(decoding: name, as: UTF8.self)
    }

    /// The brace that opens the body; nil for a requirement of a protocol, which has none.
    private static func bodyStart(_ code: [UInt8], from start: Int) -> Int? {
        var depth = 0
        var offset = start
        while offset < code.count {
            switch code[offset] {
            case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "{") where depth == 0: return offset
            case UInt8(ascii: "}") where depth == 0: return nil
            case UInt8(ascii: "\n") where depth == 0 && beginsDeclaration(code, after: offset): return nil
            default: break
            }
            offset += 1
        }
        return nil
    }

    private static let declarationKeywords: Set = [
        "associatedtype", "case", "class", "consuming", "deinit", "enum", "extension", "fileprivate", "func",
        "init",
        "internal", "let", "mutating", "nonisolated", "package", "private", "protocol", "static", "struct",
        "subscript",
        "typealias", "var",
    ]

    private static func beginsDeclaration(_ code: [UInt8], after newline: Int) -> Bool {
        var offset = newline + 1
        while offset < code.count, code[offset] == UInt8(ascii: " ") { offset += 1 }
        if offset < code.count, code[offset] == UInt8(ascii: "@") { return true }
        let end = code[offset...].firstIndex { !isWordByte($0) } ?? code.count
        return declarationKeywords.contains(String(decoding: code[offset..<end], as: UTF8.self))
    }
}

/// Functions too long to be seen at once.
func functionViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift else { return [] }
    return FunctionExtent.all(in: file).compactMap { function in
        guard function.count > SizeLimits.functionLines,
            SizeLimits.longFunctions["\(file.path):\(function.name)"] == nil
        else { return nil }
        return file.violation(
            line: function.firstLine,
            "`\(function.name)` has \(function.count) lines, at most \(SizeLimits.functionLines)")
    }
}
