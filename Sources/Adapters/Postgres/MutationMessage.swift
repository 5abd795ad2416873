import Domain

/// A mutation as the server takes it, and the inline bytes that it brings.
struct MutationMessage {
    var object = JSONObject()
    private(set) var bytes: [UInt8] = []

    /// `offset`: how many inline bytes come before.
    init(_ mutation: Mutation, offset: Int) {
        switch mutation {
        case .createInode(let new): create(new)
        case .addEntry(let parent, let name, let inode): entry("add", parent, name, inode)
        case .removeEntry(let parent, let name, let inode): entry("remove", parent, name, inode)
        case .detachTree(let parent, let name, let inode): entry("detach", parent, name, inode)
        case .moveEntry(let from, let name, let to, let newName, let inode):
            entry("move", from, name, inode)
            object.add("to", to.description)
            object.add("as", newName.text)
        case .publishContent(let new): publish(new, at: offset)
        case .setContent(let inode, let content, let size, let mediaType, let modifiedAt):
            object.add("k", "content")
            object.add("i", inode.description)
            if let content { object.add("c", content.description) }
            object.add("s", size.asColumn)
            if let modifiedAt { object.add("at", modifiedAt.nanoseconds) }
            change(mediaType)
        case .setAttributes(let inode, let attributes): change(inode, attributes)
        case .raiseFence(let inode, let token):
            object.add("k", "fence")
            object.add("i", inode.description)
            object.add("v", token.value.asOrderedColumn)
        case .addLink(let key, let link): add(link, key)
        case .claimLink(let key, let claim, let file):
            object.add("k", "claim")
            object.add("i", key.description)
            object.add("claim", claim.description)
            object.add("file", file.inode.description)
            if let content = file.content { object.add("c", content.description) }
            object.add("s", file.size.asColumn)
            if let mediaType = file.mediaType { object.add("type", mediaType.text) }
            object.add("at", file.modifiedAt.nanoseconds)
        case .finishLink(let key, let claim):
            object.add("k", "finish")
            object.add("i", key.description)
            object.add("claim", claim.description)
        case .recordAnswer(let claim, let answer):
            object.add("k", "answer")
            object.add("w", claim.key.principal)
            object.add("n", claim.key.text)
            object.add("head", hex: claim.head)
            object.add("body", hex: claim.body)
            object.add("answer", hex: answer.stored)
        }
    }

    private mutating func entry(_ kind: String, _ parent: InodeID, _ name: FileName, _ inode: InodeID) {
        object.add("k", kind)
        object.add("p", parent.description)
        object.add("n", name.text)
        object.add("i", inode.description)
    }

    private mutating func create(_ new: NewInode) {
        object.add("k", "inode")
        object.add("i", new.id.description)
        object.add("kind", InodeRow.number(of: new.kind))
        object.add("mode", new.mode.rawValue)
        object.add("u", new.owner.value)
        object.add("g", new.group.value)
        object.add("s", new.size.asColumn)
        if let modifiedAt = new.modifiedAt { object.add("at", modifiedAt.nanoseconds) }
        if let content = new.content { object.add("c", content.description) }
        if let mediaType = new.mediaType { object.add("type", mediaType.text) }
        if let target = new.symlinkTarget { object.add("target", target) }
        if !new.metadata.isEmpty { object.add("meta", new.metadata.stored) }
        object.add("v", new.fence.value.asOrderedColumn)
    }

    private mutating func publish(_ new: NewContent, at offset: Int) {
        object.add("k", "publish")
        object.add("c", new.id.description)
        object.add("s", new.size.asColumn)
        object.add("sha256", hex: new.digests.sha256)
        object.add("sha512", hex: new.digests.sha512)
        object.add("crc32c", hex: new.digests.crc32c)
        object.add("l", new.location.id.description)
        object.add("st", new.location.store.description)
        guard let inline = new.inlineBytes else { return }
        object.add("from", offset)
        bytes = inline
    }

    private mutating func change(_ mediaType: MediaTypeChange) {
        guard case .set(let mediaType) = mediaType else { return }
        if let mediaType { object.add("type", mediaType.text) } else { object.addNull("type") }
    }

    private mutating func change(_ inode: InodeID, _ attributes: AttributeChange) {
        object.add("k", "attributes")
        object.add("i", inode.description)
        if let mode = attributes.mode { object.add("mode", mode.rawValue) }
        if let owner = attributes.owner { object.add("u", owner.value) }
        if let group = attributes.group { object.add("g", group.value) }
        if let modifiedAt = attributes.modifiedAt { object.add("at", modifiedAt.nanoseconds) }
        change(attributes.mediaType)
        guard let metadata = attributes.metadata else { return }
        if metadata.isEmpty { object.addNull("meta") } else { object.add("meta", metadata.stored) }
    }

    private mutating func add(_ link: DownloadLink, _ key: LinkKey) {
        guard case .issued(let file) = link.state else {
            preconditionFailure("a link begins as one that nobody has claimed")
        }
        object.add("k", "link")
        object.add("i", key.description)
        object.add("path", link.path.description)
        object.add("w", link.issuer)
        object.add("at", link.expiresAt.nanoseconds)
        object.add("file", file.description)
    }
}

/// Why a mutation was refused, as the server says it: its place in the changeset, and what stood in its way.
struct MutationRefusal {
    let place: Int
    let reason: String

    /// Nil for what the server does not say.
    init?(detail: String?) {
        guard let detail, let space = detail.firstIndex(of: " "), let place = Int(detail[..<space])
        else { return nil }
        self.place = place
        reason = String(detail[detail.index(after: space)...])
    }

    /// The refusal, as the precondition that would have said so; nil when there is no such mutation.
    func refusal(of changeset: Changeset) -> CommitRefusal? {
        guard changeset.mutations.indices.contains(place) else { return nil }
        let mutation = changeset.mutations[place]
        switch (reason, mutation) {
        case ("identifier", _): return .identifierTaken
        case ("location", _): return .locationClaimed
        case ("no entry", .addEntry(let parent, let name, _)),
            ("no entry", .moveEntry(_, _, let parent, let name, _)):
            return .broken(.noEntry(parent: parent, name: name))
        case ("entry", .removeEntry(let parent, let name, let inode)),
            ("entry", .detachTree(let parent, let name, let inode)),
            ("entry", .moveEntry(let parent, let name, _, _, let inode)):
            return .broken(.entry(parent: parent, name: name, leadsTo: inode))
        case ("not empty", .removeEntry(_, _, let inode)): return .broken(.emptyDirectory(inode))
        // An inode that is not there is one that does not have version 0, which none ever has.
        case ("missing", .addEntry(_, _, let inode)), ("missing", .setContent(let inode, _, _, _, _)),
            ("missing", .setAttributes(let inode, _)), ("missing", .raiseFence(let inode, _)):
            return .broken(.unchanged(inode, version: 0))
        case ("content", .createInode(let new)):
            return new.content.map { .broken(.contentIsLive($0)) }
        case ("content", .setContent(_, let content?, _, _, _)): return .broken(.contentIsLive(content))
        case ("content", .claimLink(_, _, let file)):
            return file.content.map { .broken(.contentIsLive($0)) }
        case ("link", .claimLink(let key, _, _)): return .broken(.linkIsOpen(key))
        case ("key", .recordAnswer(let claim, _)): return .broken(.keyUnused(claim.key))
        default: return nil
        }
    }
}
