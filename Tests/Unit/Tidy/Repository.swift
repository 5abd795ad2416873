import Foundation

/// The tree that this test was built from, read once.
struct Repository {
    /// All files, sorted by path.
    let entries: [TreeEntry]
    /// Those whose text the rules know how to judge.
    let files: [SourceFile]

    private static let skippedFolders: Set = [
        ".build", ".git", ".venv", "__pycache__", "callfs-data", "corpus",
    ]
    private static let judgedExtensions: Set = [
        "c", "editorconfig", "gitignore", "h", "json", "md", "modulemap", "py", "sh", "swift", "yaml", "yml",
    ]

    init(root: String = Repository.root) throws {
        var entries: [TreeEntry] = []
        try Self.walk(root, "", &entries)
        entries.sort { $0.path < $1.path }
        self.entries = entries
        files = try entries.compactMap { entry in
            guard Self.isJudged(entry) else { return nil }
            return SourceFile(
                entry.path, try String(contentsOfFile: root + "/" + entry.path, encoding: .utf8))
        }
    }

    /// The folder of Package.swift, four steps above this file.
    private static var root: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    }

    private static func isJudged(_ entry: TreeEntry) -> Bool {
        let name = entry.path.split(separator: "/").last ?? ""
        let isScript = entry.path.hasPrefix("scripts/") || entry.path.hasPrefix(".ci/")
        guard name.contains(".") else { return isScript }
        return judgedExtensions.contains(name.split(separator: ".").last.map(String.init) ?? "")
    }

    private static func walk(_ root: String, _ folder: String, _ entries: inout [TreeEntry]) throws {
        let manager = FileManager.default
        for name in try manager.contentsOfDirectory(atPath: root + "/" + folder) {
            let path = folder.isEmpty ? name : folder + "/" + name
            let attributes = try manager.attributesOfItem(atPath: root + "/" + path)
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory:
                let isSkipped = skippedFolders.contains(name) || name.hasPrefix(".build")
                if !isSkipped { try walk(root, path, &entries) }
            case .typeRegular:
                entries.append(TreeEntry(path: path, size: (attributes[.size] as? Int) ?? 0))
            default: break
            }
        }
    }
}
