package import Domain
package import EventLoop
package import Ports

/// What a store needs to know of its server and its filesystem.
package struct PostgresSettings: Sendable {
    /// As libpq takes it, an address or pairs of keywords and values (postgresql.org/docs/15/libpq-connect).
    package var dsn: String
    /// The schema in the database that holds everything.
    package var schema = "callfs"
    /// Connections of each loop for changes; one more reads.
    package var changingConnections = PostgresLimits.changingConnectionsDefault
    package var statementTimeout = PostgresLimits.statementTimeoutDefault
    /// How long a call waits for a connection before it is unavailable.
    package var waitMax = PostgresLimits.waitMax
    package var treeDirectoriesMax = Limits.treeDirectoriesMax
    package var outcomesKept = PostgresLimits.outcomesKeptDefault
    /// Whose the root of a new filesystem is.
    package var owner: UserID
    package var group: GroupID

    package init(dsn: String, owner: UserID, group: GroupID) {
        self.dsn = dsn
        self.owner = owner
        self.group = group
    }
}

/// The metadata store in PostgreSQL, for several nodes with one filesystem.
///
/// A question is one round trip, and so is a commit: what is decided is decided by functions in the database,
/// which migrations put there (docs/POSTGRES.md). Calls use the connections of the loop that they are made
/// on, or of another one when they are made elsewhere. A caller that is cancelled has its answer at once;
/// what was sent is never taken back.
package final class PostgresMetadataStore: Sendable {
    let gateway: Gateway
    let connecting: Connecting
    let settings: PostgresSettings
    private let id: DeploymentID

    /// Opens the filesystem, making it when there is none, with a root that belongs to the owner and group of
    /// the settings. Blocks until the server was reached, and until others that migrate have done so.
    ///
    /// `log` gets what the server said of every failure; a caller is told its kind only.
    package init(
        _ settings: PostgresSettings, loops: [EpollLoop], entropy: any EntropySource,
        log: any EventLog = SilentEventLog()
    ) throws(PostgresOpenError) {
        guard Self.isPlainName(settings.schema) else {
            throw PostgresOpenError("The name of the schema must be of letters, digits and underscores.")
        }
        let dialer = Dialer(
            dsn: settings.dsn, schema: settings.schema, statementTimeout: settings.statementTimeout)
        guard let dialer else {
            throw PostgresOpenError("The data source name of the metadata store is not one of PostgreSQL.")
        }
        id = try Self.migrate(dialer, settings, entropy)
        let failures = FailureLog(log)
        do throws(EventLoopError) {
            connecting = try Connecting(
                dialer: dialer, answerMax: settings.statementTimeout + PostgresLimits.silenceMargin,
                failures: failures)
        } catch {
            throw PostgresOpenError("There are no threads for the metadata store.")
        }
        gateway = Gateway(
            loops: loops, connecting: connecting, changingConnections: settings.changingConnections,
            waitMax: settings.waitMax, failures: failures)
        self.settings = settings
    }

    deinit { close() }

    /// Ends all connections. Blocks until nobody connects any more. Safe to repeat; everything is unavailable
    /// afterwards.
    package func close() { gateway.close() }

    private static func migrate(
        _ dialer: Dialer, _ settings: PostgresSettings, _ entropy: any EntropySource
    ) throws(PostgresOpenError) -> DeploymentID {
        let session = try PostgresOpenError.explaining { () throws(SessionFailure) in try dialer.session() }
        defer { session.close() }
        let migration = Migration(
            session: session, schema: settings.schema, owner: settings.owner, group: settings.group,
            entropy: entropy)
        return try migration.run()
    }

    private static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 63
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
            }
    }

    // MARK: Asking

    /// For what changes nothing: asked once more when the connection was lost, which another one may not be.
    func read<Value>(
        _ statement: PreparedStatement, _ parameters: [Parameter],
        _ read: (Rows) throws(MetadataError) -> Value
    ) async throws(MetadataError) -> Value {
        let rows: Rows
        do throws(CallFailure) {
            rows = try await gateway.ask(statement, parameters)
        } catch .lost {
            rows = try await change(statement, parameters)
        } catch {
            throw error.error
        }
        return try read(rows)
    }

    /// For what may be asked again.
    func change(
        _ statement: PreparedStatement, _ parameters: [Parameter]
    ) async throws(MetadataError) -> Rows {
        do throws(CallFailure) {
            return try await gateway.ask(statement, parameters)
        } catch {
            throw error.error
        }
    }

    func number(
        _ statement: PreparedStatement, _ parameters: [Parameter]
    ) async throws(MetadataError) -> Int {
        guard let row = try await change(statement, parameters).first else { throw .corrupt }
        return Int(try row.number(0))
    }
}

extension PostgresMetadataStore: StoreRegistry {
    package func deployment() async throws(MetadataError) -> DeploymentID { id }

    package func stores() async throws(MetadataError) -> [RegisteredStore] {
        try await read(.stores, []) { rows throws(MetadataError) in try rows.map(RegistryRow.read) }
    }

    package func register(_ store: RegisteredStore) async throws(MetadataError) -> Registration {
        let rows = try await change(
            .register,
            [
                .identifier(store.id), .text(store.backend), .text(store.kind.rawValue),
                .optional(store.instance?.text),
            ])
        guard let known = try rows.map(RegistryRow.read).first else { return .added }
        return known == store ? .confirmed : .conflict(with: known)
    }
}
