import Domain

/// Parts of a history that do not see each other, by the trees below the root that they are about. A history
/// is linearizable when each of them is (locality: Herlihy and Wing, "Linearizability", 1990, theorem 1).
enum Components {
    static func split(_ steps: [Step], _ vocabulary: Vocabulary) -> [[Step]] {
        var sets = DisjointSets(count: vocabulary.names.count + 1)
        /// Stands for the root, which everything below it is seen from.
        let root = vocabulary.names.count
        var trees: [[Int]] = []
        var issued: [Int: Int] = [:]
        for step in steps {
            var found = paths(of: step.call).map { path in path.first.map(Int.init) ?? root }
            if case .issueLink = step.call { issued[step.operation] = found.first }
            if case .redeemLink(let issue, _, _) = step.call { found = [issued[issue] ?? root] }
            if case .makeSymlink(_, let target) = step.call {
                found += places(vocabulary.targets[Int(target)], root: root)
            }
            for tree in found.dropFirst() { sets.join(found[0], tree) }
            trees.append(found)
        }
        if trees.contains(where: { $0.contains(root) }) { return [steps] }
        var parts: [Int: [Step]] = [:]
        var order: [Int] = []
        for (step, found) in zip(steps, trees) {
            let part = sets.root(of: found[0])
            if parts[part] == nil { order.append(part) }
            parts[part, default: []].append(step)
        }
        return order.compactMap { parts[$0] }
    }

    private static func paths(of call: ModelCall) -> [[Name]] {
        switch call {
        case .write(let path, _, _, _, _, _), .read(let path, _, _), .stat(let path, _),
            .list(let path, _, _), .makeDirectory(let path, _, _), .makeSymlink(let path, _),
            .remove(let path, _, _), .setAttributes(let path, _, _), .issueLink(let path):
            [path]
        case .link(let source, let destination), .move(let source, let destination, _, _, _),
            .copy(let source, let destination, _, _):
            [source, destination]
        case .redeemLink: [[]]
        }
    }

    /// Trees that a link may lead to, wherever it comes to be.
    private static func places(_ target: LinkTarget, root: Int) -> [Int] {
        target.parts.map { part in
            switch part {
            case .name(let name): Int(name)
            case .current, .parent, .tooLong: root
            }
        }
    }
}

/// Sets that only grow together (union-find with path halving).
struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    mutating func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element {
            parents[element] = parents[parents[element]]
            element = parents[element]
        }
        return element
    }

    mutating func join(_ first: Int, _ second: Int) { parents[root(of: first)] = root(of: second) }
}
