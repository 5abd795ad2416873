/// An import as it is written.
struct Import: Equatable {
    let module: String
    /// The words and attributes before `import`: `package`, `private`, `@testable` ...
    let modifiers: [String]
    let line: Int

    /// The imports of a file; they stand at the beginnings of lines.
    static func all(in file: SourceFile) -> [Import] {
        file.codeLines.enumerated().compactMap { index, line in
            let parts = line.split { $0 == " " || $0 == "." }.map(String.init)
            guard let keyword = parts.firstIndex(of: "import"), keyword + 1 < parts.count,
                parts[..<keyword].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains($0) })
            else { return nil }
            let kinds = ["class", "enum", "func", "let", "protocol", "struct", "typealias", "var"]
            var name = keyword + 1
            if kinds.contains(parts[name]), name + 1 < parts.count { name += 1 }
            return Import(module: parts[name], modifiers: Array(parts[..<keyword]), line: index + 1)
        }
    }

    private static let accessLevels = ["fileprivate", "internal", "package", "private", "public"]
}

/// What each file imports against the layer table.
func importViolations(_ file: SourceFile) -> [Violation] {
    guard file.isSwift, let layer = Layer(path: file.path) else { return [] }
    let allowed = LayerTable.modules(layer).union(LayerTable.systemModules(layer))
    return Import.all(in: file).flatMap { found in
        var messages: [String] = []
        if !allowed.contains(found.module) {
            let list = allowed.sorted().joined(separator: ", ")
            messages.append("imports \(found.module), which its layer may not; allowed: \(list)")
        }
        if isCModule(found.module), found.modifiers.contains(where: { ["package", "public"].contains($0) }) {
            messages.append("shows \(found.module) to others; write `private import \(found.module)`")
        }
        if found.modifiers.contains("@_exported") {
            messages.append("re-exports \(found.module); whoever needs a module imports it")
        }
        // The checkers of the simulator are judged by unit tests of their own.
        let unitTests = ["Tests/Unit", "Tests/ClusterSim/Suites/Checkers"]
        if found.modifiers.contains("@testable"), !file.isBelow(anyOf: unitTests) {
            messages.append("imports \(found.module) with @testable; that is for unit tests")
        }
        return messages.map { file.violation(line: found.line, $0) }
    }
}

private func isCModule(_ module: String) -> Bool {
    module == "CLinux" || LayerTable.cModules[module] != nil
}
