import Domain
import EventLoop
import PortContracts
import Ports
import Postgres
import TestSupport
import Testing

@Suite("Opening the metadata store in PostgreSQL", .serialized)
struct OpeningTests {
    @Test("Ten nodes that start at once on an empty database make one filesystem")
    func migrateAtOnce() async throws {
        let deployment = TestDeployment(on: try PostgresServer.shared.get())
        let pool = try BlockingPool(threads: 10)
        defer { pool.stop() }
        let ids = try await withThrowingTaskGroup(of: DeploymentID.self) { group in
            for seed in 1...10 {
                group.addTask {
                    let store = try await pool.run {
                        Result { try deployment.open(entropy: SeededEntropy(seed: UInt64(seed))) }
                    }.get()
                    defer { store.close() }
                    return try await store.deployment()
                }
            }
            return try await group.reduce(into: Set<DeploymentID>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        let session = try deployment.session()
        defer { session.close() }
        #expect(try session.text("SELECT count(*)::text FROM migration") == "1")
        #expect(try session.text("SELECT count(*)::text FROM inode") == "1")
        let reopened = try deployment.open()
        defer { reopened.close() }
        #expect(try await reopened.deployment() == ids.first)
        try deployment.drop()
    }

    @Test("A schema newer by one opens when it says that it may, any other is refused with a sentence")
    func newerSchemas() throws {
        let deployment = TestDeployment(on: try PostgresServer.shared.get())
        try deployment.open().close()
        let session = try deployment.session()
        defer { session.close() }
        try session.run("INSERT INTO migration (version, runs_with) VALUES (2, 1)")
        try deployment.open().close()
        try session.run("UPDATE migration SET runs_with = 2 WHERE version = 2")
        let newer = try #require(throws: PostgresOpenError.self) { try deployment.open() }
        #expect(newer.description.contains("newer version of callfs (schema 2; this one knows 1)"))
        try session.run("UPDATE migration SET version = 3, runs_with = 1 WHERE version = 2")
        #expect(throws: PostgresOpenError.self) { try deployment.open() }
        try deployment.drop()
    }

    @Test("A schema of another program is refused, and nothing is put into it")
    func schemaOfOthers() throws {
        let deployment = TestDeployment(on: try PostgresServer.shared.get())
        let session = try deployment.session()
        defer { session.close() }
        let schema = deployment.settings.schema
        try session.run("CREATE SCHEMA \(schema)", "CREATE TABLE \(schema).theirs (id int)")
        let refused = try #require(throws: PostgresOpenError.self) { try deployment.open() }
        #expect(refused.description.contains("belongs to another program"))
        #expect(try session.text("SELECT to_regclass('\(schema).inode')::text") == nil)
        try deployment.drop()
    }

    @Test(
        "What cannot be opened is told without its password",
        arguments: [
            "postgres://callfs:opensesame@127.0.0.1:1/db", "host=/nowhere password=opensesame",
            "postgres://callfs:opensesame@127.0.0.1:port/db", "password=opensesame nonsense",
        ])
    func noPassword(dsn: String) throws {
        let log = RecordingLog()
        var settings = PostgresSettings(
            dsn: dsn, owner: MetadataSubject.owner, group: MetadataSubject.group)
        settings.schema = "nothing"
        let loops = try testLoops.get().all
        let refused = try #require(throws: PostgresOpenError.self) {
            try PostgresMetadataStore(settings, loops: loops, entropy: SeededEntropy(), log: log)
        }
        #expect(!refused.description.contains("opensesame"))
        #expect(!"\(log.events)".contains("opensesame"))
    }
}
