import Domain
import Ports

extension ServedFilesystem {
    /// A line for each name, as `KernelTree` has them.
    func treeLines() async throws -> [String] {
        let answer = try await send(
            .get, "/v1/directories/?recursive=true&max_depth=1000&limit=10000", by: .root)
        let listing = try JSONReader.parse(answer.body)
        guard answer.status == 200, let root = Self.shown(answer), case .object(let members) = listing.value,
            case .array(let entries) = members.first(where: { $0.name == "items" })?.node.value,
            !members.contains(where: { ["next_cursor", "truncated", "omitted"].contains($0.name) })
        else { return ["the listing is not whole: \(answer.status)"] }
        var lines = ["/ " + root.line]
        for entry in entries { lines.append(try await line(entry)) }
        return lines.sorted()
    }

    private func line(_ entry: JSONNode) async throws -> String {
        let path = entry.text("path")
        let shown = entry.shown
        let line = path + " " + shown.line
        switch shown.kind {
        case .directory: return line
        case .file:
            let content = try await send(.get, "/v1/files" + path, by: .root)
            return "\(line) \(KernelTree.digest(content.body))"
        case .symlink: return "\(line) -> \(entry.text("target"))"
        }
    }
}
