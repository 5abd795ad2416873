/// A document has one title, which is its first line.
func titleViolations(_ file: SourceFile) -> [Violation] {
    guard file.fileExtension == "md" else { return [] }
    var violations: [Violation] = []
    let prose = proseLines(file)
    if prose.first?.line != 1 || prose.first?.text.hasPrefix("# ") != true {
        violations.append(file.violation(line: 1, "a document begins with its title, `# ...`"))
    }
    for (line, text) in prose where line > 1 && text.hasPrefix("# ") {
        violations.append(file.violation(line: line, "a second title; use `##`"))
    }
    return violations
}

/// Links from document to document lead somewhere.
func linkViolations(_ file: SourceFile, paths: Set<String>) -> [Violation] {
    guard file.fileExtension == "md" else { return [] }
    var folder = file.path.split(separator: "/").map(String.init)
    folder.removeLast()
    return proseLines(file).flatMap { line, text in
        text.components(between: "](", and: ")").compactMap { link in
            let target = link.split(separator: "#", omittingEmptySubsequences: false)[0]
            guard !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") else { return nil }
            let path = resolve(String(target), in: folder)
            let exists = paths.contains(path) || paths.contains { $0.hasPrefix(path + "/") }
            return exists ? nil : file.violation(line: line, "links to \(target), which is not there")
        }
    }
}

/// The project stands alone: nothing in it points to notes that are not in it.
func foreignReferenceViolations(_ file: SourceFile) -> [Violation] {
    guard !file.isBelow("Tests/Unit/Tidy") else { return [] }
    let text = Array(file.text.utf8)
    // Put together, so that this file names none of it either.
    let outside = [["..", "shared"], ["", "work", ""]].map { $0.joined(separator: "/") }
    return (outside + [["before", "stop"].joined(separator: "-")]).flatMap { words in
        Phrase(words).offsets(in: text).map {
            file.violation(at: $0, "refers to `\(words)`, which is not part of the project")
        }
    }
}

/// The lines outside fenced code, with their numbers.
private func proseLines(_ file: SourceFile) -> [(line: Int, text: String)] {
    var isFenced = false
    return file.lines.enumerated().compactMap { index, line in
        let isFence = line.drop { $0 == " " }.hasPrefix("```")
        if isFence { isFenced.toggle() }
        return isFenced || isFence ? nil : (index + 1, String(line))
    }
}

private func resolve(_ target: String, in folder: [String]) -> String {
    var parts = folder
    for part in target.split(separator: "/") where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
}

extension String {
    /// The pieces of text between each `open` and the `close` that follows it.
    fileprivate func components(between open: String, and close: Character) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while let start = rest.firstRange(of: open) {
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: close) else { break }
            pieces.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return pieces
    }
}
