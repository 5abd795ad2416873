package import Domain

/// Changesets and ledger calls drawn from a seed, about a small world of names, inodes and contents, so that
/// most of them meet something: half-right preconditions, names that are taken, contents that are condemned.
///
/// They keep to what plans promise: a directory moves only where it is outside of itself, a new inode gets a
/// name in the changeset that makes it, and so does a new content.
package struct RandomChangesets {
    package enum Step {
        case commit(Changeset)
        case resolveOutcome(ChangesetID)
        case reclaim(limit: Int)
        case reap(limit: Int)
        case claim([LocationID])
        case forget([LocationID])
        case retireLinks(limit: Int)
    }

    /// An entry of the tree as it is.
    package struct Place {
        package let parent: InodeID
        package let name: FileName
        package let inode: Inode

        package init(parent: InodeID, name: FileName, inode: Inode) {
            self.parent = parent
            self.name = name
            self.inode = inode
        }
    }

    package static let place = StoreID(Identifier(high: 0x5704, low: 1))
    private static let namesMax = 8
    private static let remembered = 24

    private var state: UInt64
    private var serial: UInt64 = 0
    /// The tree as it is, for steps that are to succeed.
    private var world: [Place] = []
    private var directories: [InodeID] = [.root]
    private var files: [InodeID] = []
    private var contents: [NewContent] = []
    private var changesets: [ChangesetID] = []
    private var now = WallTime.epoch
    /// The links that some changeset named, the latest.
    package private(set) var links: [LinkKey] = []
    /// The files that links were made for.
    private var linkTargets: [LinkKey: InodeID] = [:]

    package init(seed: UInt64) { state = seed }

    /// The next step at a store whose time is `now` and whose tree is `world`.
    package mutating func next(now: WallTime, world: [Place]) -> Step {
        self.world = world
        self.now = now
        switch draw(21) {
        case 0: return .reclaim(limit: 1 + draw(4))
        case 1: return .reap(limit: 1 + draw(6))
        case 2:
            let known = contents.isEmpty ? [] : [contents[draw(contents.count)].location.id]
            return .claim(known + [LocationID(identifier())])
        case 3: return .forget(contents.suffix(draw(4)).map(\.location.id))
        case 4 where !changesets.isEmpty && draw(3) == 0:
            return .resolveOutcome(changesets[draw(changesets.count)])
        case 5: return .retireLinks(limit: 1 + draw(3))
        default: return .commit(changeset(now: now))
        }
    }

    // MARK: Changesets

    private mutating func changeset(now: WallTime) -> Changeset {
        let isRepeated = !changesets.isEmpty && draw(25) == 0
        let id = isRepeated ? changesets[draw(changesets.count)] : ChangesetID(identifier())
        var changeset = Changeset(id: id)
        for _ in 0..<draw(3) {
            changeset.preconditions.append(draw(8) == 0 ? anyPrecondition() : likelyPrecondition())
        }
        for _ in 0..<(1 + draw(3)) { change(&changeset) }
        if draw(8) == 0 { changeset.deadline = now + .milliseconds(draw(3) - 1) + .microseconds(500) }
        remember(id, in: &changesets)
        return changeset
    }

    /// One that holds, but for what other parts of the changeset do.
    private mutating func likelyPrecondition() -> Precondition {
        guard let place = somePlace() else { return .access(.root, version: 1) }
        let inode = place.inode
        switch draw(6) {
        case 0: return .entry(parent: place.parent, name: place.name, leadsTo: inode.id)
        case 1: return .access(inode.id, version: inode.accessVersion)
        case 2: return .unchanged(inode.id, version: inode.changeVersion)
        case 3: return .outside(place.parent, of: inode.id)
        case 4: return .fence(inode.id, atMost: FencingToken(inode.fence.value + UInt64(draw(3))))
        default: return .removableTree(inode.id, by: principal())
        }
    }

    private mutating func anyPrecondition() -> Precondition {
        switch draw(11) {
        case 10: .keyUnused(claim().key)
        case 0: .entry(parent: directory(), name: name(), leadsTo: any())
        case 1: .noEntry(parent: any(), name: name())
        case 2: .access(any(), version: UInt64(1 + draw(2)))
        case 3: .unchanged(any(), version: UInt64(1 + draw(4)))
        case 4: .emptyDirectory(any())
        case 5: .removableTree(any(), by: principal())
        case 6: .outside(any(), of: directory())
        case 7: .fence(any(), atMost: FencingToken(UInt64(draw(5))))
        case 8: .linkIsOpen(link())
        default: .contentIsLive(content()?.id ?? ContentID(identifier()))
        }
    }

    private mutating func change(_ changeset: inout Changeset) {
        switch draw(17) {
        case 13, 14, 15: changeset.mutations.append(linkMutation())
        case 16:
            changeset.mutations.append(.recordAnswer(claim(), draw(2) == 0 ? .done : refusal()))
        case 0, 1: create(.directory, &changeset)
        case 2, 3, 4: create(.file, &changeset)
        case 5: changeset.mutations.append(.addEntry(parent: directory(), name: name(), inode: any()))
        case 6:
            let (parent, name, inode) = entry()
            changeset.mutations.append(.removeEntry(parent: parent, name: name, inode: inode))
        case 7 where draw(3) == 0:
            let (parent, name, inode) = entry()
            changeset.mutations.append(.detachTree(parent: parent, name: name, inode: inode))
        case 8, 9: move(&changeset)
        case 10: replace(&changeset)
        case 11: changeset.mutations.append(.setAttributes(any(), attributes()))
        default: changeset.mutations.append(.raiseFence(any(), FencingToken(UInt64(draw(6)))))
        }
    }

    private mutating func create(_ kind: FileKind, _ changeset: inout Changeset) {
        var inode = InodeID(identifier())
        if draw(20) == 0 { inode = any() }
        var shared: NewContent?
        if kind == .file, draw(2) == 0 {
            if let known = content(), draw(3) == 0 {
                shared = known
                changeset.preconditions.append(.contentIsLive(known.id))
            } else {
                shared = publish(&changeset)
            }
        }
        let mode = draw(3) == 0 ? UInt16(draw(0o2000)) : 0o755
        let new = NewInode(
            id: inode, kind: kind, mode: FileMode(rawValue: mode), owner: UserID(UInt32(draw(3))),
            group: GroupID(UInt32(draw(3))), size: shared?.size ?? 0, content: shared?.id,
            metadata: draw(4) == 0 ? metadata() : UserMetadata())
        changeset.mutations.append(.createInode(new))
        changeset.mutations.append(.addEntry(parent: directory(), name: name(), inode: inode))
        if kind == .directory { remember(inode, in: &directories) } else { remember(inode, in: &files) }
    }

    private mutating func publish(_ changeset: inout Changeset) -> NewContent {
        let isInline = draw(2) == 0
        let size = draw(3) == 0 ? 0 : draw(3_000)
        let location = ContentLocation(
            id: LocationID(identifier()), store: Self.place, isInline: isInline)
        let content = NewContent(
            id: ContentID(identifier()), size: UInt64(size), digests: Digests(), location: location,
            inlineBytes: isInline ? [UInt8](repeating: UInt8(draw(256)), count: size) : nil)
        changeset.mutations.append(.publishContent(content))
        remember(content, in: &contents)
        return content
    }

    private mutating func replace(_ changeset: inout Changeset) {
        let content = draw(4) == 0 ? nil : publish(&changeset)
        let type: MediaTypeChange = draw(2) == 0 ? .keep : .set(MediaType("text/x-\(draw(2))"))
        changeset.mutations.append(
            .setContent(
                file(), content: content?.id, size: content?.size ?? 0, mediaType: type,
                modifiedAt: draw(3) == 0 ? WallTime(nanoseconds: Int64(draw(1_000))) : nil))
    }

    private mutating func move(_ changeset: inout Changeset) {
        let (parent, oldName, inode) = entry()
        let to = directory()
        changeset.preconditions.append(.outside(to, of: inode))
        changeset.mutations.append(
            .moveEntry(from: parent, name: oldName, to: to, newName: name(), inode: inode))
    }

    private mutating func linkMutation() -> Mutation {
        let claim = ClaimKey(Identifier(high: 9, low: UInt64(draw(2))))
        switch draw(5) {
        case 0, 1:
            let made = LinkKey(identifier())
            let key = draw(6) == 0 ? link() : made
            remember(key, in: &links)
            let lifetime = Duration.milliseconds(draw(300) - 10)
            let target = file()
            linkTargets[key] = target
            return .addLink(
                key, DownloadLink(path: .root, file: target, issuer: "p", expiresAt: now + lifetime))
        case 2, 3:
            let content = draw(4) == 0 ? nil : content()
            let key = link()
            // Mostly the file that the link was made for.
            let target = draw(5) == 0 ? file() : linkTargets[key] ?? file()
            let file = PinnedFile(
                inode: target, content: content?.id, size: content?.size ?? 0,
                mediaType: draw(2) == 0 ? nil : MediaType("text/x-\(draw(2))"), modifiedAt: now)
            return .claimLink(key, claim, file)
        default:
            return .finishLink(link(), claim)
        }
    }

    private mutating func link() -> LinkKey {
        links.isEmpty ? LinkKey(identifier()) : links[draw(links.count)]
    }

    private mutating func attributes() -> AttributeChange {
        var change = AttributeChange()
        if draw(2) == 0 { change.mode = FileMode(rawValue: UInt16(draw(0o2000))) }
        if draw(3) == 0 { change.owner = UserID(UInt32(draw(3))) }
        if draw(3) == 0 { change.group = GroupID(UInt32(draw(3))) }
        if draw(3) == 0 { change.mediaType = .set(MediaType("text/x-\(draw(2))")) }
        if draw(3) == 0 { change.metadata = metadata() }
        return change
    }

    private mutating func metadata() -> UserMetadata {
        var metadata = UserMetadata()
        for _ in 0..<draw(3) { try? metadata.set("n\(draw(3))", to: draw(2) == 0 ? "" : "v=\(draw(3)) ä") }
        return metadata
    }

    private mutating func claim() -> IdempotencyClaim {
        let key = IdempotencyKey(stored: "k\(draw(200))", of: "p\(draw(2))")
        return IdempotencyClaim(key: key, head: [UInt8(draw(3))], body: draw(2) == 0 ? nil : [UInt8(draw(3))])
    }

    private mutating func refusal() -> RecordedAnswer {
        .refused(
            RecordedRefusal(status: 400 + draw(9), code: "C", message: "m", details: [], fields: []))
    }

    // MARK: Choices

    private mutating func principal() -> Principal {
        Principal(
            name: "p", user: UserID(UInt32(draw(4))), group: GroupID(UInt32(draw(4))))
    }

    private mutating func somePlace() -> Place? { world.isEmpty ? nil : world[draw(world.count)] }

    /// An entry that is there, mostly.
    private mutating func entry() -> (InodeID, FileName, InodeID) {
        if draw(6) > 0, let place = somePlace() { return (place.parent, place.name, place.inode.id) }
        return (directory(), name(), any())
    }

    private mutating func directory() -> InodeID {
        if draw(6) == 0 { return directories[draw(directories.count)] }
        if draw(3) == 0 { return .root }
        let place = somePlace()
        return place?.inode.kind == .directory ? place?.inode.id ?? .root : place?.parent ?? .root
    }

    private mutating func file() -> InodeID {
        for _ in 0..<4 {
            if let place = somePlace(), place.inode.kind == .file { return place.inode.id }
        }
        return files.isEmpty ? .root : files[draw(files.count)]
    }

    private mutating func content() -> NewContent? { contents.isEmpty ? nil : contents[draw(contents.count)] }

    private mutating func any() -> InodeID {
        switch draw(12) {
        case 0: InodeID(identifier())
        case 1: directory()
        case 2: files.isEmpty ? .root : files[draw(files.count)]
        default: somePlace()?.inode.id ?? directory()
        }
    }

    private mutating func name() -> FileName {
        FileName(validated: String(decoding: [UInt8(97 + draw(Self.namesMax))], as: UTF8.self))
    }

    private mutating func identifier() -> Identifier {
        serial += 1
        return Identifier(
            time: WallTime(nanoseconds: Int64(serial) * 1_000_000), randomHigh: 0, randomLow: serial)
    }

    /// Keeps the root and the latest.
    private func remember<Value>(_ value: Value, in values: inout [Value]) {
        values.append(value)
        if values.count > Self.remembered { values.remove(at: 1) }
    }

    /// SplitMix64 (Steele and others 2014).
    private mutating func draw(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int(mixed % UInt64(bound))
    }
}
