/// Characters that editors disagree about.
func whitespaceViolations(_ file: SourceFile) -> [Violation] {
    var violations: [Violation] = []
    for (index, line) in file.lines.enumerated() {
        if line.utf8.contains(UInt8(ascii: "\t")) {
            violations.append(
                file.violation(line: index + 1, "a tab; indent with spaces, write \\t in a string"))
        }
        if let last = line.utf8.last,
            [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(last)
        {
            violations.append(file.violation(line: index + 1, "white space at the end of the line"))
        }
    }
    if !file.text.isEmpty, file.text.utf8.last != UInt8(ascii: "\n") {
        violations.append(file.violation(line: file.lines.count, "no newline at the end of the file"))
    }
    return violations
}

/// An error that is caught and dropped without a word. A comment in the braces that gives the reason is
/// enough.
func emptyCatchViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift else { return [] }
    let text = Array(file.text.utf8)
    return Phrase("catch").offsets(in: file.code).compactMap { start in
        guard let open = file.code[start...].firstIndex(of: UInt8(ascii: "{")),
            let end = file.code.closing("{", "}", from: open),
            text[(open + 1)..<end].allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") })
        else { return nil }
        return file.violation(
            at: start, "an empty catch: handle the error, or say in a comment why nothing is to do")
    }
}

/// A type named like a module hides it: `Module.Type` then means a member of the type.
func typeNameViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift, Layer(path: file.path) != nil else { return [] }
    let modules = LayerTable.adapters.union(LayerTable.core).union(["Server", "TestSupport"])
    return ["actor", "class", "enum", "protocol", "struct", "typealias"].flatMap { keyword in
        Phrase(keyword + " ").offsets(in: file.code).compactMap { start in
            let rest = file.code[(start + keyword.utf8.count + 1)...].prefix { isWordByte($0) }
            let name = String(decoding: rest, as: UTF8.self)
            guard modules.contains(name) else { return nil }
            return file.violation(
                at: start, "`\(name)` is named like a module, which breaks qualified look-up")
        }
    }
}

/// A name that says nothing, where the technology or the capability should stand.
func emptyNameViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift, file.isBelow("Sources") else { return [] }
    return ["actor", "class", "enum", "protocol", "struct"].flatMap { keyword in
        Phrase(keyword + " ").offsets(in: file.code).compactMap { start in
            let rest = file.code[(start + keyword.utf8.count + 1)...].prefix { isWordByte($0) }
            let name = String(decoding: rest, as: UTF8.self)
            guard
                let word = ["Helper", "Helpers", "Impl", "Manager", "Util", "Utils"].first(
                    where: name.hasSuffix)
            else { return nil }
            return file.violation(at: start, "`\(name)`: \(word) says nothing; name what it does")
        }
    }
}

/// A test is named by the sentence that it proves.
func testNameViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift, file.isBelow("Tests") else { return [] }
    let text = Array(file.text.utf8)
    return Phrase("@Test").offsets(in: file.code).compactMap { start in
        let rest = text[(start + 5)...].filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }.prefix(
            2)
        guard !rest.elementsEqual(Array("(\"".utf8)) else { return nil }
        return file.violation(at: start, "a test without a name: @Test(\"A sentence that says what holds\")")
    }
}

/// Scripts stop at the first error and explain themselves.
func scriptViolations(_ file: SourceFile) -> [Violation] {
    guard file.isBash else { return [] }
    var violations: [Violation] = []
    if !file.text.contains("\nset -euo pipefail\n") {
        violations.append(file.violation(line: 1, "no `set -euo pipefail`"))
    }
    if file.isBelow("scripts"), !file.text.contains("--help") {
        violations.append(file.violation(line: 1, "no --help"))
    }
    return violations
}
