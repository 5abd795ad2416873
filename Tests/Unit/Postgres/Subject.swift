import Domain
import EventLoop
import PortContracts
import Ports
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// A session of a test's own, which waits for its answers. Its callers take turns.
final class Session: @unchecked Sendable {
    private let session: DirectSession
    private let turn = Mutex(())

    init(_ dsn: String, schema: String) throws {
        let dialer = try #require(Dialer(dsn: dsn, schema: schema, statementTimeout: .seconds(60)))
        session = try dialer.session()
    }

    func run(_ statements: String...) throws {
        _ = try turn.withLock { _ in
            try session.run(statements.map { DirectSession.Command($0) }, within: .seconds(60))
        }
    }

    func text(_ statement: String) throws -> String? {
        try turn.withLock { _ in
            try session.run([DirectSession.Command(statement)], within: .seconds(60))
                .first?.first?.optionalText(0)
        }
    }

    func close() { session.close() }
}

/// The loops that the stores of all tests use.
let testLoops = Result { try Loops(count: 2) }

/// Names of schemas: each test has one for itself.
private let schemaCount = Atomic<Int>(0)

/// A filesystem of a test's own on a server.
struct TestDeployment: Sendable {
    var settings: PostgresSettings

    init(on server: PostgresServer) {
        let number = schemaCount.wrappingAdd(1, ordering: .relaxed).newValue
        settings = PostgresSettings(
            dsn: server.dsn(), owner: MetadataSubject.owner, group: MetadataSubject.group)
        settings.schema = "test_\(number)"
        settings.treeDirectoriesMax = MetadataSubject.treeDirectoriesMax
        // However busy the machine is, what a test is about comes first.
        settings.waitMax = .seconds(300)
        settings.statementTimeout = .seconds(300)
    }

    /// `onOneLoop`: what is asked first and what later is asked over the same connections.
    func open(
        entropy: SeededEntropy = SeededEntropy(), onOneLoop: Bool = false,
        log: any EventLog = SilentEventLog()
    ) throws -> PostgresMetadataStore {
        let loops = try testLoops.get().all
        return try PostgresMetadataStore(
            settings, loops: onOneLoop ? [loops[0]] : loops, entropy: entropy, log: log)
    }

    func session() throws -> Session { try Session(settings.dsn, schema: settings.schema) }

    func drop() throws {
        let session = try session()
        defer { session.close() }
        try session.run("SET client_min_messages = error", "DROP SCHEMA \"\(settings.schema)\" CASCADE")
    }
}

/// A store with nothing in it, for one test after the other: to make one takes longer than most tests.
private struct UsedStore {
    let store: PostgresMetadataStore
    let clock: ServerClock
}

private let usedStores = Mutex<[UsedStore]>([])

/// Runs `body` on an empty store with a clock that stands still.
func withStore(_ body: (MetadataSubject) async throws -> Void) async throws {
    let (time, entropy) = (ManualTime(), SeededEntropy())
    let used: UsedStore
    if let left = usedStores.withLock({ $0.popLast() }) {
        used = left
        try used.clock.begin(anew: time)
    } else {
        var deployment = TestDeployment(on: try PostgresServer.shared.get())
        // Some tests let much time go by.
        deployment.settings.outcomesKept = Limits.linkMemory * 10
        used = UsedStore(
            store: try deployment.open(), clock: try ServerClock(deployment.session(), time: time))
    }
    let clocked = ClockedStore(store: used.store, clock: used.clock)
    try await body(MetadataSubject(store: clocked, time: time, entropy: entropy))
    usedStores.withLock { $0.append(used) }
}
