import Domain
import PortContracts
import Ports
import Postgres
import TestSupport
import Testing

@Suite("Round trips to PostgreSQL", .serialized)
struct RoundTripTests {
    @Test("A resolve of any depth and through links is one, and so are a page and a commit")
    func oneEach() async throws {
        try await withRelay { it, relay in
            var parent = InodeID.root
            for index in 0..<20 { parent = try await it.makeDirectory("d\(index)", in: parent) }
            try await it.makeSymlink("link", to: "d0/d1/../d1/d2")
            let deep = "/" + (0..<20).map { "d\($0)" }.joined(separator: "/")
            // The connections are there now.
            _ = try await it.resolve(deep)

            var before = relay.turns
            let resolved = try await it.resolve(deep)
            #expect(resolved.target?.id == parent)
            #expect(relay.turns - before == 1)

            before = relay.turns
            let followed = try await it.resolve("/link", following: .all)
            #expect(followed.path.description == "/d0/d1/d2")
            #expect(relay.turns - before == 1)

            before = relay.turns
            #expect(try await it.store.list(resolved, after: nil, limit: 100)?.entries == [])
            #expect(relay.turns - before == 1)

            before = relay.turns
            let guards = resolved.steps.map { Precondition.access($0.inode.id, version: 1) }
            let new = it.newInode(.file, content: it.content(inline: [1, 2, 3]))
            let content = NewContent(
                id: try #require(new.content), size: 3, digests: Digests(),
                location: ContentLocation(id: LocationID(it.identifier()), store: it.place, isInline: true),
                inlineBytes: [1, 2, 3])
            let outcome = try await it.commit(
                if: guards,
                [
                    .publishContent(content), .createInode(new),
                    .addEntry(parent: parent, name: FileName("f"), inode: new.id),
                ])
            #expect(relay.turns - before == 1)
            guard case .committed = outcome else {
                Issue.record("\(outcome)")
                return
            }

            before = relay.turns
            let removal = try await it.commit([
                .removeEntry(parent: .root, name: FileName("d0"), inode: resolved.steps[0].inode.id)
            ])
            #expect(relay.turns - before == 1)
            #expect(removal == .refused(.broken(.emptyDirectory(resolved.steps[0].inode.id))))
        }
    }

    @Test("A commit whose answer is lost is ambiguous, and found to have happened")
    func lostAnswer() async throws {
        try await withRelay { it, relay in
            try await it.makeDirectory("a")
            let new = it.newInode(.directory)
            let changeset = it.changeset(
                [], [.createInode(new), .addEntry(parent: .root, name: try FileName("b"), inode: new.id)])
            relay.loseNextAnswer()
            await #expect(throws: MetadataError.ambiguous) { try await it.store.commit(changeset) }
            guard case .committed = try await it.store.resolveOutcome(of: changeset.id) else {
                Issue.record("the commit had left, and the server had answered")
                return
            }
            #expect(try await it.inode("/b").id == new.id)
        }
    }

    @Test("A question whose answer is lost is asked again")
    func lostQuestion() async throws {
        try await withRelay { it, relay in
            try await it.makeDirectory("a")
            _ = try await it.resolve("/a")
            relay.loseNextAnswer()
            #expect(try await it.exists("/a"))
        }
    }

    private func withRelay(_ body: (MetadataSubject, Relay) async throws -> Void) async throws {
        let server = try PostgresServer.shared.get()
        let relay = try Relay(to: server)
        defer { relay.stop() }
        var deployment = TestDeployment(on: server)
        deployment.settings.dsn = server.dsn(socketIn: relay.directory)
        let entropy = SeededEntropy()
        let store = try deployment.open(entropy: entropy, onOneLoop: true)
        defer { store.close() }
        try await body(MetadataSubject(store: store, time: ManualTime(), entropy: entropy), relay)
    }
}
