/// A file of the tree with its size, whatever is in it.
struct TreeEntry: Equatable {
    let path: String
    let size: Int
}

/// Nothing that a clone has to carry for ever without need.
func largeFileViolations(_ entries: [TreeEntry]) -> [Violation] {
    let sizeMaxBytes = 1 << 20
    return entries.filter { $0.size > sizeMaxBytes }.map {
        Violation(path: $0.path, line: 0, message: "\($0.size) bytes, at most \(sizeMaxBytes)")
    }
}

/// A placeholder keeps a folder until its first file is there, and then goes.
func placeholderViolations(_ entries: [TreeEntry]) -> [Violation] {
    entries.compactMap { entry in
        guard entry.path.hasSuffix("/Placeholder.swift") else { return nil }
        let folder = entry.path.dropLast("Placeholder.swift".count)
        let hasOthers = entries.contains {
            $0.path.hasPrefix(folder) && $0.path.hasSuffix(".swift") && $0.path != entry.path
        }
        return hasOthers ? Violation(path: entry.path, line: 0, message: "has done its work; remove it") : nil
    }
}

/// Two files of one target with the same name do not compile well together, and readers mix them up.
func duplicateNameViolations(_ entries: [TreeEntry]) -> [Violation] {
    var seen: [String: String] = [:]
    var violations: [Violation] = []
    for entry in entries where entry.path.hasPrefix("Sources/") && entry.path.hasSuffix(".swift") {
        guard let layer = Layer(path: entry.path), let name = entry.path.split(separator: "/").last,
            name != "Placeholder.swift"
        else { continue }
        let key = "\(layer)/\(name)"
        if let other = seen[key] {
            violations.append(Violation(path: entry.path, line: 0, message: "has the name of \(other)"))
        }
        seen[key] = entry.path
    }
    return violations
}
