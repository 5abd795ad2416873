/// A target as `Package.swift` declares it.
struct DeclaredTarget: Equatable {
    let name: String
    let path: String
    let dependencies: [String]
    /// Where the declaration begins in the manifest.
    let offset: Int
}

/// Reads the targets out of the manifest: calls of `box`, `tests`, `.executableTarget` and `.testTarget` with
/// literal arguments. Anything more clever in the manifest fails the rule below, since its targets are then
/// not found.
func declaredTargets(_ manifest: SourceFile) -> [DeclaredTarget] {
    let text = Array(manifest.text.utf8)
    return ["box(\"", "box(\n", "tests(of:", "tests(\n", ".executableTarget(", ".testTarget("].flatMap {
        opening in
        Phrase(opening).offsets(in: text).compactMap { start in
            target(text, start, isTestsOf: opening.hasPrefix("tests"))
        }
    }
}

private func target(_ text: [UInt8], _ start: Int, isTestsOf: Bool) -> DeclaredTarget? {
    guard let open = text[start...].firstIndex(of: UInt8(ascii: "(")),
        let end = text.closing("(", ")", from: open)
    else { return nil }
    let call = String(decoding: text[open...end], as: UTF8.self)
    let listStart = call.firstIndex(of: "[")
    let before = literals(in: call[..<(listStart ?? call.endIndex)])
    let listEnd = listStart.flatMap { call[$0...].firstIndex(of: "]") }
    let after = listEnd.map { literals(in: call[$0...]) } ?? []
    let named = before + after
    guard named.count >= 2 else { return nil }
    let list = listStart.flatMap { start in listEnd.map { literals(in: call[start...$0]) } } ?? []
    return DeclaredTarget(
        name: isTestsOf ? named[0] + "Tests" : named[0],
        path: isTestsOf ? "Tests/Unit/" + named[1] : named[1],
        dependencies: isTestsOf ? list + ["PortContracts", "TestSupport"] : list, offset: start)
}

private func literals(in text: Substring) -> [String] {
    text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
        .map { String($0.element) }
}

/// Every declared dependency is one that the layer may have, and every folder of Swift sources is a target.
func manifestViolations(_ manifest: SourceFile, swiftPaths: [String]) -> [Violation] {
    let targets = declaredTargets(manifest)
    var violations: [Violation] = []
    for target in targets {
        guard let layer = Layer(path: target.path + "/x") else {
            violations.append(
                manifest.violation(at: target.offset, "\(target.name) is in no layer: \(target.path)"))
            continue
        }
        let allowed = LayerTable.modules(layer)
        for dependency in target.dependencies where !allowed.contains(dependency) {
            violations.append(
                manifest.violation(
                    at: target.offset, "\(target.name) depends on \(dependency), which its layer may not use")
            )
        }
    }
    // The fuzzers need every module built otherwise, which scripts/fuzz does.
    let packaged = swiftPaths.filter { !$0.hasPrefix("Tests/Fuzz/") }
    for path in packaged where !targets.contains(where: { path.hasPrefix($0.path + "/") }) {
        violations.append(Violation(path: path, line: 0, message: "belongs to no target of Package.swift"))
    }
    return violations
}

/// A dependency that no file of the target imports is a wall with a door to nowhere. Targets that are still
/// only a placeholder are left alone, and so are tests.
func unusedDependencyViolations(_ manifest: SourceFile, _ files: [SourceFile]) -> [Violation] {
    declaredTargets(manifest).filter { $0.path.hasPrefix("Sources/") }.flatMap { target in
        let sources = files.filter { $0.isSwift && $0.path.hasPrefix(target.path + "/") }
        guard sources.contains(where: { $0.name != "Placeholder.swift" }) else { return [Violation]() }
        let imported = Set(sources.flatMap { Import.all(in: $0).map(\.module) })
        return target.dependencies.filter { !imported.contains($0) }.map {
            manifest.violation(at: target.offset, "\(target.name) depends on \($0) and never imports it")
        }
    }
}
