import Domain

/// What a client was answered, in the model's terms.
enum Expected {
    /// Nothing is known.
    case anything
    case refused(RefusalKind)
    case done
    case written(isNew: Bool, ExpectedState)
    case content(SeenContent, ExpectedState)
    case notModified
    case attributes(ExpectedState)
    case page([ExpectedEntry], hasMore: Bool)
    case link

    /// Whether the model's answer is this one.
    func isMet(by answer: ModelAnswer, of model: FilesystemModel) -> Bool {
        switch (self, answer) {
        case (.anything, _): true
        case (.refused(let kind), .refused(let other)): kind == other
        case (.refused(.linkGone), .served(_, again: true)): true
        case (.done, .done), (.notModified, .notModified), (.link, .link): true
        case (.written(let isNew, let state), .state(let index, let made)):
            isNew == made && state.isMet(by: index, of: model)
        case (.attributes(let state), .attributes(let index)): state.isMet(by: index, of: model)
        case (.content(let content, let state), .content(let index, let range)):
            content.isMet(by: model.nodes[index].body, range) && state.isMet(by: index, of: model)
        case (.content(let content, _), .served(let body, _)): content.isMet(by: body, nil)
        case (.page(let entries, let hasMore), .page(let index, let range, let more)):
            hasMore == more && Self.isMet(entries, by: model.nodes[index].entries[range], of: model)
        default: false
        }
    }

    private static func isMet(
        _ expected: [ExpectedEntry], by entries: ArraySlice<ModelNode.Entry>, of model: FilesystemModel
    ) -> Bool {
        guard expected.count == entries.count else { return false }
        return zip(expected, entries).allSatisfy { expected, entry in
            expected.name == entry.name && expected.state.isMet(by: entry.node, of: model)
        }
    }
}

extension SeenContent {
    /// Whether these are the bytes of a body, or of the range of it that was asked for.
    func isMet(by body: BodyValue, _ asked: Range<Int>?) -> Bool {
        switch self {
        case .whole(let value): return value == body
        case .damaged: return false
        case .part(let range, let bytes):
            guard let asked else { return false }
            return range.lowerBound == asked.lowerBound
                && range.upperBound == min(asked.upperBound, body.size)
                && bytes == body.bytes(from: range.lowerBound, count: range.count)
        }
    }
}

struct ExpectedEntry {
    let name: Name
    let state: ExpectedState
}

/// What an answer says of a node; nil where it says nothing.
struct ExpectedState {
    let kind: FileKind
    var mode: UInt16?
    var owner: UInt32?
    var group: UInt32?
    var size: Int?
    var links: Int?
    var meaning: TagMeaning?
    var mediaType: Int32?
    var target: Int32?
    var modifiedAt: Int64?
    var labels: [ModelLabel]?

    func isMet(by index: Int, of model: FilesystemModel) -> Bool {
        let node = model.nodes[index]
        guard node.kind == kind else { return false }
        if let mode, mode != node.mode { return false }
        if let owner, owner != node.owner { return false }
        if let group, group != node.group { return false }
        if let target, target != node.target { return false }
        if let labels, labels != node.labels { return false }
        if let modifiedAt, let set = node.modifiedAt, modifiedAt != set { return false }
        guard kind == .file else { return true }
        if let size, size != node.body.size { return false }
        if let links, links != node.places.count { return false }
        if let mediaType, mediaType != node.mediaType { return false }
        if let meaning, node.body.size > 0 {
            return meaning.number == node.body.number && meaning.mediaType == node.mediaType
        }
        return true
    }
}
