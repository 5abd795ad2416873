import Domain

/// Where in the tree an operation may look or change something: at some paths, below them, and at the
/// attributes of what is above them. Two operations with no path of one above, at or below a path of the
/// other do not see each other.
struct Footprint {
    let paths: [[Name]]

    func meets(_ other: Footprint) -> Bool {
        paths.contains { path in
            other.paths.contains { other in path.starts(with: other) || other.starts(with: path) }
        }
    }
}

/// Says for each step of a history where it leaves traces.
struct Footprints {
    /// Directories that are there from an event on, since nothing of the history removes or moves them.
    private var stable: [[Name]: Int] = [:]
    /// With links, a path says nothing about where it leads.
    private let hasLinks: Bool
    private var issued: [Int: [Name]] = [:]

    init(_ steps: [Step]) {
        hasLinks = steps.contains { step in
            switch step.call {
            case .link, .makeSymlink: !step.isRefused
            default: false
            }
        }
        let leaving = steps.flatMap { $0.isRefused ? [] : Self.leaving($0.call) }
        for step in steps {
            if case .issueLink(let path) = step.call { issued[step.operation] = path }
            guard case .written(let isNew, _) = step.expected, let directory = Self.made(step.call, isNew)
            else { continue }
            for count in 0...directory.count {
                let path = Array(directory.prefix(count))
                guard !leaving.contains(where: { path.starts(with: $0) }) else { break }
                stable[path] = min(stable[path] ?? .max, step.completed)
            }
        }
    }

    /// What a call takes away from its place.
    private static func leaving(_ call: ModelCall) -> [[Name]] {
        switch call {
        case .remove(let path, _, _): [path]
        case .move(let source, let destination, let overwrite, _, _):
            overwrite ? [source, destination] : [source]
        case .write, .read, .stat, .list, .makeDirectory, .makeSymlink, .link, .copy, .setAttributes,
            .issueLink, .redeemLink:
            []
        }
    }

    /// The directory that is certainly there after a success.
    private static func made(_ call: ModelCall, _ isNew: Bool) -> [Name]? {
        switch call {
        case .makeDirectory(let path, _, _): path
        case .write(let path, _, _, _, _, _), .makeSymlink(let path, _), .link(_, to: let path),
            .copy(_, to: let path, _, _), .move(_, to: let path, _, _, _):
            path.dropLast()
        case .read, .stat, .list, .remove, .setAttributes, .issueLink, .redeemLink: nil
        }
    }

    subscript(step: Step) -> Footprint {
        guard !hasLinks else { return Footprint(paths: [[]]) }
        switch step.call {
        case .write(let path, _, _, _, _, _), .makeDirectory(let path, _, _), .makeSymlink(let path, _):
            return Footprint(paths: [made(path, step)])
        case .read(let path, _, _), .stat(let path, _), .list(let path, _, _), .remove(let path, _, _),
            .setAttributes(let path, _, _), .issueLink(let path):
            return Footprint(paths: [path])
        case .link(let source, let destination), .copy(let source, to: let destination, _, _):
            return Footprint(paths: [source, made(destination, step)])
        case .move(let source, let destination, _, let parents, _):
            return Footprint(paths: [source, parents ? made(destination, step) : destination])
        case .redeemLink(let issue, _, _): return Footprint(paths: [issued[issue] ?? []])
        }
    }

    /// The first name of a path that may be made with what is at its end.
    private func made(_ path: [Name], _ step: Step) -> [Name] {
        var count = 1
        while count < path.count, let since = stable[Array(path.prefix(count))], since < step.invoked {
            count += 1
        }
        return Array(path.prefix(count))
    }
}
