/// Every rule about one file.
func violations(in file: SourceFile) -> [Violation] {
    let rules: [(SourceFile) -> [Violation]] = [
        importViolations, bannedTextViolations, noteViolations, lineViolations, fileSizeViolations,
        functionViolations, whitespaceViolations, emptyCatchViolations, typeNameViolations,
        emptyNameViolations,
        testNameViolations, scriptViolations, titleViolations, foreignReferenceViolations,
    ]
    return rules.flatMap { $0(file) }
}

/// Every rule about the tree as a whole.
func violations(in files: [SourceFile], _ entries: [TreeEntry]) -> [Violation] {
    let paths = Set(entries.map(\.path))
    let swiftPaths = files.filter { $0.isSwift && ($0.isBelow("Sources") || $0.isBelow("Tests")) }.map(\.path)
    let manifests = files.filter { $0.path == "Package.swift" }
    return files.flatMap { linkViolations($0, paths: paths) }
        + manifests.flatMap { manifestViolations($0, swiftPaths: swiftPaths) }
        + manifests.flatMap { unusedDependencyViolations($0, files) }
        + largeFileViolations(entries) + placeholderViolations(entries) + duplicateNameViolations(entries)
}
