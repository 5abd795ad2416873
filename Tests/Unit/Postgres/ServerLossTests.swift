import Domain
import PortContracts
import Ports
import TestSupport
import Testing

@testable import Postgres

/// With a server of its own, for it is stopped and set up wrongly.
@Suite("A PostgreSQL server that goes away", .serialized)
struct ServerLossTests {
    private static let server = Result { try PostgresServer() }

    @Test("While the server is down all is unavailable, and all works again without a restart of ours")
    func downAndUp() async throws {
        try await withStore(waitMax: .milliseconds(200)) { it in
            let directory = try await TroubleTests.repeated { try await it.makeDirectory("a") }
            try Self.server.get().stop()
            await #expect(throws: MetadataError.unavailable) { try await it.resolve("/a") }
            await #expect(throws: (any Error).self) { try await it.makeDirectory("b") }
            try Self.server.get().start()
            let found = try await TroubleTests.repeated { try await it.inode("/a") }
            #expect(found.id == directory)
            try await TroubleTests.repeated { try await it.makeDirectory("b") }
            try await it.expectSound()
        }
    }

    @Test("A server that is away is written down once, and whoever waits for it is let go by closing")
    func closedWhileDown() async throws {
        let deployment = TestDeployment(on: try Self.server.get())
        let log = RecordingLog()
        let store = try deployment.open(log: log)
        _ = try await store.resolve(.root, content: .none)
        try Self.server.get().stop()
        let answers = await withTaskGroup(of: MetadataError?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do throws(MetadataError) {
                        _ = try await store.compact()
                        return nil
                    } catch { return error }
                }
            }
            while !log.events.contains(where: { $0.text("during") == "connecting" }) { await Task.yield() }
            store.close()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == Array(repeating: .unavailable, count: 4))
        #expect(log.events.count { $0.text("during") == "connecting" } == 1)
        try Self.server.get().start()
    }

    @Test("A commit that a missing standby holds up, and that is called off there, is ambiguous")
    func missingStandby() async throws {
        try await withStore { it in
            let session = try Session(Self.server.get().dsn(), schema: "public")
            defer { session.close() }
            try await it.makeDirectory("a")
            try session.run("SET synchronous_commit = local")
            try session.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            try session.run("SELECT pg_reload_conf()")
            try await awaitRow(
                "SELECT 'x' WHERE current_setting('synchronous_standby_names') = 'nobody'", of: session)
            let new = it.newInode(.directory)
            let changeset = it.changeset(
                [], [.createInode(new), .addEntry(parent: .root, name: try FileName("b"), inode: new.id)])
            async let commit = TroubleTests.attempt(changeset, at: it.store)
            let waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            try await awaitRow("SELECT pid::text \(waiting)", of: session)
            try session.run("SELECT pg_cancel_backend(pid) \(waiting)")
            #expect(await commit == .failure(.ambiguous))
            try session.run("ALTER SYSTEM RESET synchronous_standby_names")
            try session.run("SELECT pg_reload_conf()")
            guard case .committed = try await TroubleTests.outcome(of: changeset, at: it.store) else {
                Issue.record("it was committed here")
                return
            }
            #expect(try await it.inode("/b").id == new.id)
        }
    }

    @Test("A server that takes no writes any more is left, and used again when it does")
    func readOnly() async throws {
        try await withStore(waitMax: .milliseconds(200)) { it in
            try await TroubleTests.repeated { try await it.makeDirectory("a") }
            let session = try Session(Self.server.get().dsn(), schema: "public")
            defer { session.close() }
            try session.run("ALTER DATABASE postgres SET default_transaction_read_only = on")
            try session.run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
                """)
            await #expect(throws: MetadataError.unavailable) { try await it.resolve("/a") }
            try session.run("ALTER DATABASE postgres RESET default_transaction_read_only")
            try await TroubleTests.repeated { try await it.makeDirectory("b") }
        }
    }

    private func withStore(
        waitMax: Duration = .seconds(300), _ body: (MetadataSubject) async throws -> Void
    ) async throws {
        var deployment = TestDeployment(on: try Self.server.get())
        deployment.settings.waitMax = waitMax
        let entropy = SeededEntropy()
        let store = try deployment.open(entropy: entropy)
        defer { store.close() }
        try await body(MetadataSubject(store: store, time: ManualTime(), entropy: entropy))
    }
}
