import Domain

/// What the entity tags of a history stand for: which body, of which media type. Learnt from the answers that
/// show both; a tag is the server's business otherwise.
struct TagTable {
    private var meanings: [String: TagMeaning] = [:]
    private var tags: [TagMeaning: String] = [:]
    private var seen: Set<String> = []
    /// What contradicts that a tag is one representation's, and each representation has one.
    private(set) var contradictions: [String] = []

    init(of operations: some Sequence<Operation>, _ vocabulary: inout Vocabulary) {
        for operation in operations {
            guard case .ok(let answer) = operation.outcome else { continue }
            switch answer {
            case .content(.whole(let body), let attributes):
                learn(body, attributes, operation, &vocabulary)
            case .written(_, let attributes):
                if case .write(_, let body, _) = operation.call {
                    learn(body, attributes, operation, &vocabulary)
                }
                note(attributes)
            case .content(_, let attributes), .attributes(let attributes): note(attributes)
            case .page(let entries, _): for entry in entries { note(entry.attributes) }
            case .nothing, .notModified, .link: break
            }
        }
    }

    private mutating func note(_ attributes: Attributes) {
        if let tag = attributes.tag { seen.insert(tag) }
    }

    private mutating func learn(
        _ body: BodyValue, _ attributes: Attributes, _ operation: Operation, _ vocabulary: inout Vocabulary
    ) {
        // Without content a tag is the inode's, and the media type is needed to say what else it means.
        guard let tag = attributes.tag, body.size > 0, let type = attributes.mediaType else {
            note(attributes)
            return
        }
        seen.insert(tag)
        let meaning = TagMeaning(number: body.number, mediaType: vocabulary.mediaType(type))
        if let other = meanings[tag], other != meaning {
            contradictions.append(
                "Operation \(operation.id.index) saw the tag \(tag) with body \(body.number) as \(type);"
                    + " before, it stood for body \(other.number)"
                    + " as \(vocabulary.mediaTypes[Int(other.mediaType)]).")
        }
        if let other = tags[meaning], other != tag {
            contradictions.append(
                "Operation \(operation.id.index) saw body \(body.number) as \(type) with the tag \(tag);"
                    + " before, it had the tag \(other).")
        }
        meanings[tag] = meaning
        tags[meaning] = tag
    }

    /// What a tag of an answer says; nil when nobody has seen what it stands for.
    func meaning(_ tag: String?) -> TagMeaning? { tag.flatMap { meanings[$0] } }

    /// What a tag of a condition says. One that no answer has told is made up.
    func condition(_ tags: CallConditions.Tags) -> ModelConditions.Tag {
        switch tags {
        case .any: return .any
        case .tag(let tag):
            if let meaning = meanings[tag] { return .meaning(meaning) }
            precondition(!seen.contains(tag), "a condition on a tag whose body nobody has seen")
            return .foreign
        }
    }

    func conditions(_ conditions: CallConditions) -> ModelConditions {
        ModelConditions(
            ifMatch: conditions.ifMatch.map(condition), ifNoneMatch: conditions.ifNoneMatch.map(condition))
    }
}
