import Domain

extension Operation {
    /// The operation in words: who, when, what, and what came of it.
    package var sentence: String { sentence(isAnswered: completed != nil) }

    func sentence(isAnswered: Bool) -> String {
        let place = node.map { " at \($0)" } ?? ""
        let end = isAnswered ? completed.map(String.init) ?? "" : "…"
        let outcome = isAnswered ? outcome.description : "not answered by then"
        return "#\(id.index) [\(invoked)–\(end)] client \(client)\(place) as \(principal.name):"
            + " \(call) — \(outcome)"
    }
}

extension Call: CustomStringConvertible {
    package var description: String {
        switch self {
        case .write(let path, let body, let options):
            (options.exclusive ? "creates " : "writes ") + "\(path) with \(body)"
                + (options.mode.map { ", mode \($0.octal)" } ?? "")
                + (options.mediaType.map { ", as \($0)" } ?? "") + options.conditions.suffix
        case .read(let path, let options):
            (options.range.map { "reads bytes \($0) of " } ?? "reads ") + "\(path)"
                + options.conditions.suffix
        case .stat(let path, let following): "looks at \(path)" + (following ? "" : " itself")
        case .list(let path, let after, let limit):
            "lists \(path)" + (after.map { " after \($0)" } ?? "")
                + (limit < 1000 ? ", \(limit) at most" : "")
        case .makeDirectory(let path, let mode, let tolerant):
            "makes directory \(path)" + (mode.map { ", mode \($0.octal)" } ?? "")
                + (tolerant ? ", if it is not there" : "")
        case .makeSymlink(let path, let target): "makes \(path) a link to '\(target)'"
        case .link(let source, let destination): "names \(source) also \(destination)"
        case .remove(let path, let conditions): "removes \(path)" + conditions.suffix
        case .removeTree(let path): "removes \(path) and all below it"
        case .move(let source, let destination, let options):
            "moves \(source) to \(destination)" + (options.overwrite ? ", overwriting" : "")
                + (options.createsParents ? ", making parents" : "") + options.conditions.suffix
        case .copy(let source, let destination, let overwrite, let conditions):
            "copies \(source) to \(destination)" + (overwrite ? ", overwriting" : "") + conditions.suffix
        case .setAttributes(let path, let new, let conditions):
            "sets \(new) of \(path)" + conditions.suffix
        case .issueLink(let path): "makes a download link for \(path)"
        case .redeemLink(let issue, let claimant, _):
            "downloads by the link of #\(issue.index) as claimant \(claimant)"
        }
    }
}

extension CallConditions {
    fileprivate var suffix: String {
        (ifMatch.map { ", if it matches \($0)" } ?? "")
            + (ifNoneMatch.map { ", if none matches \($0)" } ?? "")
    }
}

extension CallConditions.Tags: CustomStringConvertible {
    package var description: String {
        switch self {
        case .any: "anything"
        case .tag(let tag): tag
        }
    }
}

extension NewAttributes: CustomStringConvertible {
    package var description: String {
        [
            mode.map { "mode \($0.octal)" }, owner.map { "owner \($0.value)" },
            group.map { "group \($0.value)" },
            modifiedAt.map { "time \($0.nanoseconds)" }, mediaType.map { "type \($0)" },
            labels.isEmpty ? nil : "labels " + labels.told,
        ].compactMap { $0 }.joined(separator: ", ")
    }
}

extension Outcome: CustomStringConvertible {
    package var description: String {
        switch self {
        case .ok(let seen): "ok, \(seen)"
        case .refused(let kind): "refused, \(kind.rawValue)"
        case .withdrawn(let code): "not done, \(code)"
        case .unknown: "no answer"
        }
    }
}

extension Seen: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothing: "done"
        case .written(let isNew, let attributes): (isNew ? "new " : "there ") + "\(attributes)"
        case .content(let content, let attributes): "\(content), \(attributes)"
        case .notModified: "not modified"
        case .attributes(let attributes): "\(attributes)"
        case .page(let entries, let hasMore):
            "[" + entries.map { "\($0.name): \($0.attributes)" }.joined(separator: "; ") + "]"
                + (hasMore ? " and more" : "")
        case .link: "a link"
        }
    }
}

extension SeenContent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .whole(let body): body.description
        case .part(let range, _): "bytes \(range)"
        case .damaged(let account): "damaged: " + account
        }
    }
}

extension [String: String] {
    /// Metadata, in the order of their names.
    fileprivate var told: String {
        "{" + sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") + "}"
    }
}

extension Attributes: CustomStringConvertible {
    package var description: String {
        ([kind.rawValue]
            + [
                mode.map { $0.octal }, owner.map { "owner \($0.value)" }, group.map { "group \($0.value)" },
                size.map { "\($0) bytes" }, links.map { "\($0) names" }, tag, mediaType,
                target.map { "to '\($0)'" }, labels.flatMap { $0.isEmpty ? nil : $0.told },
            ].compactMap { $0 }).joined(separator: " ")
    }
}

extension ModelAnswer {
    /// The answer in words, in the state that it was given on.
    func sentence(_ model: FilesystemModel) -> String {
        switch self {
        case .refused(let kind): "refused, \(kind.rawValue)"
        case .done: "done"
        case .state(let index, let isNew): (isNew ? "new " : "there ") + Self.node(index, model)
        case .attributes(let index): Self.node(index, model)
        case .content(let index, _): "\(model.nodes[index].body), " + Self.node(index, model)
        case .notModified: "not modified"
        case .page(let index, let range, let hasMore):
            "["
                + model.nodes[index].entries[range].map { entry in
                    "\(model.vocabulary.names[Int(entry.name)]): " + Self.node(entry.node, model)
                }.joined(separator: "; ") + "]" + (hasMore ? " and more" : "")
        case .link: "a link"
        case .served(let body, _): body.description
        }
    }

    private static func node(_ index: Int, _ model: FilesystemModel) -> String {
        let node = model.nodes[index]
        var parts = [
            node.kind.rawValue, FileMode(rawValue: node.mode).octal, "owner \(node.owner)",
            "group \(node.group)",
        ]
        switch node.kind {
        case .file:
            parts += ["\(node.body.size) bytes", "\(node.places.count) names"]
            if !node.labels.isEmpty { parts.append(model.vocabulary.told(node.labels)) }
            if node.mediaType > 0 { parts.append(model.vocabulary.mediaTypes[Int(node.mediaType)]) }
        case .symlink:
            if node.target >= 0 { parts.append("to '\(model.vocabulary.targets[Int(node.target)].text)'") }
        case .directory: break
        }
        return parts.joined(separator: " ")
    }
}
