import Domain

/// A filesystem in memory as the specification of what the real one answers, one operation after another.
/// Written after the manual pages and docs/API.md, and sharing no rule with the code that it judges.
///
/// Every change is undone by going back to a mark, and the fingerprint is kept up with every change, so that
/// a search may try an operation for little more than the operation costs.
struct FilesystemModel {
    let vocabulary: Vocabulary
    private(set) var nodes: [ModelNode] = []
    private(set) var links: [Int: ModelLink] = [:]
    private var linksPrint = Fingerprint.zero
    private var undo: [Undo] = []

    static let root = 0

    private enum Undo {
        case changed(Int, ModelNode)
        case made
        case sum(Int, Fingerprint)
        case link(Int, ModelLink?)
    }

    init(_ vocabulary: Vocabulary, root: History.Root) {
        self.vocabulary = vocabulary
        nodes.append(
            ModelNode(
                kind: .directory, mode: root.mode.rawValue, owner: root.owner.value,
                group: root.group.value, stamp: 0))
    }

    /// What stands for the state as a whole.
    var fingerprint: Fingerprint {
        var print = nodes[Self.root].fingerprint
        print += linksPrint
        return print
    }

    // MARK: Going back

    typealias Mark = Int

    var mark: Mark { undo.count }

    mutating func goBack(to mark: Mark) {
        while undo.count > mark {
            switch undo.removeLast() {
            case .changed(let index, let node): nodes[index] = node
            case .made: nodes.removeLast()
            case .sum(let index, let sum): nodes[index].sum = sum
            case .link(let issue, let link): setLink(issue, link)
            }
        }
    }

    // MARK: Changes

    /// A new node, which is nowhere yet.
    mutating func make(_ node: ModelNode) -> Int {
        undo.append(.made)
        nodes.append(node)
        return nodes.count - 1
    }

    /// Changes what a node is like, its entries and names apart.
    mutating func change(_ index: Int, _ change: (inout ModelNode) -> Void) {
        let before = nodes[index].fingerprint
        undo.append(.changed(index, nodes[index]))
        change(&nodes[index])
        carryUp(index, before)
    }

    mutating func add(_ child: Int, to parent: Int, as name: Name) {
        let childBefore = nodes[child].fingerprint
        undo.append(.changed(child, nodes[child]))
        nodes[child].places.append(ModelNode.Place(parent: parent, name: name))
        // The places that it had see it with one more name.
        let others = nodes[child].places.dropLast()
        carryUp(child, childBefore, to: others)

        let before = nodes[parent].fingerprint
        undo.append(.changed(parent, nodes[parent]))
        let (index, isThere) = nodes[parent].index(of: name)
        precondition(!isThere)
        nodes[parent].entries.insert(ModelNode.Entry(name: name, node: child), at: index)
        nodes[parent].sum += ModelNode.term(name, nodes[child].fingerprint)
        nodes[parent].modifiedAt = nil
        carryUp(parent, before)
    }

    mutating func remove(_ name: Name, from parent: Int) {
        let (index, isThere) = nodes[parent].index(of: name)
        precondition(isThere)
        let child = nodes[parent].entries[index].node
        let before = nodes[parent].fingerprint
        undo.append(.changed(parent, nodes[parent]))
        nodes[parent].sum -= ModelNode.term(name, nodes[child].fingerprint)
        nodes[parent].entries.remove(at: index)
        nodes[parent].modifiedAt = nil
        carryUp(parent, before)

        let childBefore = nodes[child].fingerprint
        undo.append(.changed(child, nodes[child]))
        nodes[child].places.removeAll { $0 == ModelNode.Place(parent: parent, name: name) }
        carryUp(child, childBefore)
    }

    /// A node is another than it was: so are all directories above it.
    private mutating func carryUp(_ index: Int, _ before: Fingerprint) {
        carryUp(index, before, to: nodes[index].places[...])
    }

    private mutating func carryUp(
        _ index: Int, _ before: Fingerprint, to places: ArraySlice<ModelNode.Place>
    ) {
        guard !places.isEmpty else { return }
        let after = nodes[index].fingerprint
        guard after != before else { return }
        for place in places {
            let parentBefore = nodes[place.parent].fingerprint
            undo.append(.sum(place.parent, nodes[place.parent].sum))
            nodes[place.parent].sum -= ModelNode.term(place.name, before)
            nodes[place.parent].sum += ModelNode.term(place.name, after)
            carryUp(place.parent, parentBefore)
        }
    }

    mutating func set(_ link: ModelLink, issuedBy issue: Int) {
        undo.append(.link(issue, links[issue]))
        setLink(issue, link)
    }

    private mutating func setLink(_ issue: Int, _ link: ModelLink?) {
        if let old = links[issue] { linksPrint -= old.fingerprint(issue) }
        links[issue] = link
        if let link { linksPrint += link.fingerprint(issue) }
    }

    /// The directories from the root to a node's first name, for people.
    func path(of index: Int) -> FilePath {
        var names: [Name] = []
        var place = nodes[index].places.first
        while let step = place {
            names.append(step.name)
            place = nodes[step.parent].places.first
        }
        return vocabulary.path(names.reversed())
    }
}

/// A download link of the model.
struct ModelLink {
    enum State {
        case issued
        case claimed(by: Int, BodyValue)
    }

    let path: [Name]
    let node: Int
    /// The node's, which is the same in whatever order others were made.
    let stamp: UInt64
    let issuer: ModelUser
    var state = State.issued

    func fingerprint(_ issue: Int) -> Fingerprint {
        var print = Fingerprint(UInt64(issue))
        print.absorb(stamp)
        // The path it was issued for depends on the links that were followed then.
        for name in path { print.absorb(UInt64(UInt32(bitPattern: name))) }
        switch state {
        case .issued: print.absorb(1 as UInt64)
        case .claimed(let claimant, let body):
            print.absorb(UInt64(claimant) << 34 | UInt64(body.number) << 2 | 2)
        }
        return print
    }
}
