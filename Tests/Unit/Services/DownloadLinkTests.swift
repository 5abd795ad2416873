import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Download links")
struct DownloadLinkTests {
    private let world: TestNode
    private let signer: LinkSigner

    init() {
        var settings = NodeSettings()
        settings.inlineBytesMax = 4
        world = TestNode(settings: settings)
        signer = Self.signer("the secret of these tests")
    }

    private static func signer(_ secret: String, previous: String? = nil) -> LinkSigner {
        LinkSigner(
            secret: Array(secret.utf8), previous: previous.map { Array($0.utf8) }, hash: TestKeyedHash())
    }

    private func write(_ text: String, to path: String) async throws {
        _ = try await world.node.writeFile(
            FilePath(parsing: path),
            FileUpload(
                disposition: .createOrReplace, length: UInt64(text.utf8.count),
                body: BytesStream(Array(text.utf8))),
            by: TestNode.owner)
    }

    private func issue(
        _ path: String, seconds: Int = 60, by principal: Principal = TestNode.owner
    ) async throws -> LinkToken {
        try await world.node.issueLink(
            to: FilePath(parsing: path), asDirectory: false, lifetime: .seconds(seconds), signedBy: signer,
            by: principal
        ).token
    }

    private func open(
        _ token: LinkToken, claim: ClaimSecret? = nil, as principal: Principal? = TestNode.owner,
        signer: LinkSigner? = nil
    ) async throws(Failure) -> LinkedFile {
        try await world.node.openLink(token, claim: claim, signedBy: signer ?? self.signer) { name in
            principal?.name == name ? principal : nil
        }
    }

    private func text(_ linked: LinkedFile) async throws -> String {
        guard let content = linked.content else { return "" }
        let stream = try await world.node.read(content, range: 0..<content.size)
        return String(decoding: try await collect(stream), as: UTF8.self)
    }

    @Test("Of a thousand that race for a link one gets it, time after time", arguments: 1...10)
    func race(round: Int) async throws {
        try await write("contended", to: "/f")
        let token = try await issue("/f")
        let winners = try await withThrowingTaskGroup(of: LinkClaim?.self) { group in
            for _ in 0..<1_000 {
                group.addTask {
                    do {
                        let linked = try await open(token)
                        return try await world.node.claim(linked)
                    } catch Failure.linkGone {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: 0) { count, claim in count += claim == nil ? 0 : 1 }
        }
        #expect(winners == 1, "round \(round)")
    }

    @Test(
        "A claim goes on with the same bytes after the file was replaced and removed",
        arguments: ["old", "older"])
    func resume(before: String) async throws {
        try await write(before, to: "/f")
        let token = try await issue("/f")
        let claim = try #require(try await world.node.claim(try await open(token)))
        let secret = try #require(claim.secret)
        try await write("new and longer", to: "/f")
        try await world.node.remove(
            FilePath(parsing: "/f"), asDirectory: false, conditions: Conditions(), by: TestNode.owner)
        try await world.settle()
        let again = try await open(token, claim: secret)
        #expect(again.isClaimed)
        #expect(try await text(again) == before)
        #expect(try await world.node.claim(again)?.secret == nil)
        await #expect(throws: Failure.linkGone) { try await open(token) }
        await #expect(throws: Failure.linkGone) {
            try await open(token, claim: ClaimSecret([UInt8](repeating: 9, count: 16)))
        }
    }

    @Test(
        "Once finished a link is its claimant's for a short while more, and then it and its content are gone")
    func finish() async throws {
        try await write("bytes", to: "/f")
        let token = try await issue("/f")
        let claim = try #require(try await world.node.claim(try await open(token)))
        try await world.node.remove(
            FilePath(parsing: "/f"), asDirectory: false, conditions: Conditions(), by: TestNode.owner)
        world.node.finish(claim)
        #expect(try await world.node.tendLinks())
        #expect(try await !world.node.tendLinks())
        await #expect(throws: Failure.linkGone) { try await open(token) }
        world.time.advance(by: Limits.linkFinishGrace - .seconds(1))
        #expect(try await text(open(token, claim: claim.secret)) == "bytes")
        world.time.advance(by: .seconds(2))
        #expect(try await world.node.tendLinks())
        await #expect(throws: Failure.linkGone) { try await open(token, claim: claim.secret) }
        try await world.settle()
        #expect(try await world.contents.list(after: nil, limit: 9).isEmpty)
    }

    @Test("Looking uses nothing up, and a file that changes under a claim is looked at again")
    func look() async throws {
        try await write("one", to: "/f")
        let token = try await issue("/f")
        let first = try await open(token)
        try await write("two", to: "/f")
        #expect(try await world.node.claim(first) == nil)
        let second = try await open(token)
        #expect(try await text(second) == "two")
        #expect(try await world.node.claim(second) != nil)
    }

    // Proves: link-ends, link-one-file
    @Test(
        "Another file in the place of the linked one is not given, whatever put it there",
        arguments: Swap.allCases)
    func swapped(_ swap: Swap) async throws {
        try await write("meant", to: "/d/f")
        try await write("secret", to: "/secrets/f")
        let token = try await issue("/d/f")
        let linked = try await open(token)
        try await perform(swap)
        // Who had looked before does not claim, and who comes later gets nothing.
        #expect(try await world.node.claim(linked) == nil)
        await #expect(throws: Failure.linkGone) { try await open(token) }
    }

    /// How whoever may write a directory makes a path lead elsewhere.
    enum Swap: CaseIterable {
        case recreated, renamedOver, movedInto, lastIsLink, ancestorIsLink, ancestorIsMoved
    }

    private func perform(_ swap: Swap) async throws {
        switch swap {
        case .recreated:
            try await remove("/d/f")
            try await write("secret", to: "/d/f")
        case .renamedOver: try await move("/secrets/f", to: "/d/f", overwrite: true)
        case .movedInto:
            try await remove("/d/f")
            try await move("/secrets/f", to: "/d/f")
        case .lastIsLink:
            try await remove("/d/f")
            try await symlink("/d/f", to: "/secrets/f")
        case .ancestorIsLink:
            try await move("/d", to: "/elsewhere")
            try await symlink("/d", to: "/secrets")
        case .ancestorIsMoved:
            try await move("/d", to: "/elsewhere")
            try await move("/secrets", to: "/d")
        }
    }

    @Test("A file that was moved away ends its link until it is back, and its new content is given")
    func moved() async throws {
        try await write("old", to: "/d/f")
        let token = try await issue("/d/f")
        try await move("/d/f", to: "/d/g")
        await #expect(throws: Failure.linkGone) { try await open(token) }
        try await symlink("/d/f", to: "g")
        #expect(try await text(open(token)) == "old")
        try await remove("/d/f")
        try await move("/d/g", to: "/d/f")
        try await write("new", to: "/d/f")
        let linked = try await open(token)
        #expect(try await text(linked) == "new")
        #expect(try await world.node.claim(linked) != nil)
    }

    private func remove(_ path: String) async throws {
        try await world.node.remove(
            FilePath(parsing: path), asDirectory: false, conditions: Conditions(), by: TestNode.owner)
    }

    private func symlink(_ path: String, to target: String) async throws {
        _ = try await world.node.makeSymlink(
            FilePath(parsing: path), to: SymlinkTarget(target), modifiedAt: nil, conditions: Conditions(),
            by: TestNode.owner)
    }

    private func move(_ path: String, to destination: String, overwrite: Bool = false) async throws {
        var request = ChangeEntry.Request(attributes: nil)
        request.move = MoveEntry.Request(overwrite: overwrite)
        _ = try await world.node.change(
            FilePath(parsing: path), to: FilePath(parsing: destination), request, by: TestNode.owner)
    }

    @Test("Only who may read a file links to it, and only to a file")
    func issuing() async throws {
        try await write("mine", to: "/d/f")
        let path = try FilePath(parsing: "/d/f")
        var mode = AttributeChange()
        mode.mode = FileMode(rawValue: 0o600)
        try await set(mode, "/d/f")
        func attempt(_ path: FilePath, asDirectory: Bool = false, by principal: Principal) async throws {
            _ = try await world.node.issueLink(
                to: path, asDirectory: asDirectory, lifetime: .seconds(1), signedBy: signer, by: principal)
        }
        await #expect { try await attempt(path, by: TestNode.other) } throws: { error in
            if case Failure.refused(.permissionDenied) = error { true } else { false }
        }
        await #expect(throws: Failure.refused(.isADirectory(try FilePath(parsing: "/d")))) {
            try await attempt(FilePath(parsing: "/d"), by: TestNode.owner)
        }
        await #expect(throws: Failure.refused(.notFound(try FilePath(parsing: "/x")))) {
            try await attempt(FilePath(parsing: "/x"), by: TestNode.owner)
        }
        await #expect(throws: Failure.refused(.notADirectory(path))) {
            try await attempt(path, asDirectory: true, by: TestNode.owner)
        }
    }

    @Test("A link rests on what its issuer may do now")
    func issuer() async throws {
        try await write("shared", to: "/f")
        let token = try await issue("/f", by: TestNode.other)
        #expect(try await text(open(token, as: TestNode.other)) == "shared")
        await #expect(throws: Failure.linkGone) { try await open(token, as: nil) }
        let linked = try await open(token, as: TestNode.other)
        var mode = AttributeChange()
        mode.mode = FileMode(rawValue: 0o600)
        try await set(mode, "/f")
        #expect(try await world.node.claim(linked) == nil)
        await #expect(throws: Failure.linkGone) { try await open(token, as: TestNode.other) }
        mode.mode = FileMode(rawValue: 0o644)
        try await set(mode, "/f")
        #expect(try await world.node.claim(try await open(token, as: TestNode.other)) != nil)
    }

    @Test("A link expires, and later nobody knows it")
    func expiry() async throws {
        try await write("x", to: "/f")
        let token = try await issue("/f", seconds: 3)
        let linked = try await open(token)
        world.time.advance(by: .seconds(4))
        await #expect(throws: Failure.linkGone) { try await open(token) }
        await #expect(throws: Failure.linkGone) { try await world.node.claim(linked) }
        world.time.advance(by: Limits.linkMemory)
        #expect(try await world.node.tendLinks())
        await #expect(throws: Failure.linkNotFound) { try await open(token) }
    }

    @Test("A forged token is none, and the secret before counts only while it is named")
    func signatures() async throws {
        try await write("x", to: "/f")
        let token = try await issue("/f")
        var signature = token.signature
        signature[31] ^= 1
        await #expect(throws: Failure.linkNotFound) {
            try await open(LinkToken(id: token.id, signature: signature))
        }
        await #expect(throws: Failure.linkNotFound) {
            try await open(LinkToken(id: [UInt8](repeating: 7, count: 16), signature: token.signature))
        }
        await #expect(throws: Failure.linkNotFound) { try await open(token, signer: Self.signer("another")) }
        let rotated = Self.signer("another", previous: "the secret of these tests")
        #expect(try await text(open(token, signer: rotated)) == "x")
    }

    @Test("A store that cannot be read uses nothing up")
    func deadStore() async throws {
        try await write("on the disk", to: "/f")
        let token = try await issue("/f")
        let stored = try #require(try await world.contents.list(after: nil, limit: 1).first)
        try await world.contents.delete(stored.id)
        let linked = try await open(token)
        await #expect(throws: Failure.corrupt) { try await text(linked) }
        #expect(try await !open(token).isClaimed)
    }

    private func set(_ change: AttributeChange, _ path: String) async throws {
        let inode = try #require(
            try await world.metadata.resolve(FilePath(parsing: path), content: .none).target)
        let id = ChangesetID(world.node.dependencies.entropy.identifier(at: world.time.wallNow()))
        let outcome = try await world.metadata.commit(
            Changeset(id: id, mutations: [.setAttributes(inode.id, change)]))
        guard case .committed = outcome else { preconditionFailure("nothing could refuse this") }
    }
}
