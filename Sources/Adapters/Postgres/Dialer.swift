private import CPostgres
import Domain
private import Glibc

/// Makes connections, on a thread that may wait: names are resolved, certificates read and passwords hashed
/// there (libpq does all of it in place). Hosts are tried in the order of the data source name; only one
/// that takes writes will do, unless the name says otherwise.
struct Dialer: Sendable {
    private let options: [(keyword: String, value: String)]
    private let password: String?
    private let schema: String
    private let statementTimeout: Duration

    /// Nil when the data source name cannot be parsed. Why is not said: libpq's words might have a part of
    /// the password in them.
    init?(dsn: String, schema: String, statementTimeout: Duration) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(dsn, &message) else {
            PQfreemem(message)
            return nil
        }
        defer { PQconninfoFree(parsed) }
        var given: [(keyword: String, value: String)] = []
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val {
                given.append((String(cString: keyword), String(cString: value)))
            }
            option += 1
        }
        let defaults = [
            ("target_session_attrs", "read-write"), ("application_name", "callfs"),
            ("connect_timeout", String(PostgresLimits.connectSeconds)),
            ("tcp_user_timeout", String(PostgresLimits.unconfirmedMilliseconds)),
            ("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3"),
        ]
        for (keyword, value) in defaults where !given.contains(where: { $0.keyword == keyword }) {
            given.append((keyword, value))
        }
        given.removeAll { $0.keyword == "client_encoding" }
        given.append(("client_encoding", "UTF8"))
        options = given
        password = given.first { $0.keyword == "password" }?.value
        self.schema = schema
        self.statementTimeout = statementTimeout
    }

    /// A connection whose session finds the schema. Blocks, for each host at most as long as it may take to
    /// connect.
    func session() throws(SessionFailure) -> DirectSession {
        let keywords = options.map { strdup($0.keyword) } + [nil]
        let values = options.map { strdup($0.value) } + [nil]
        defer { for text in keywords + values { free(text) } }
        let connection = PQconnectdbParams(
            keywords.map { $0.map { UnsafePointer($0) } }, values.map { $0.map { UnsafePointer($0) } }, 0)
        guard let connection else { throw .unreachable("there is no memory for a connection") }
        guard PQstatus(connection) == CONNECTION_OK else {
            let text = masked(String(cString: PQerrorMessage(connection)))
            PQfinish(connection)
            throw .unreachable(text)
        }
        let session = try DirectSession(connection)
        try session.run([settings], within: PostgresLimits.sessionSetupMax)
        return session
    }

    /// A connection that is ready for every statement. Blocks as `session` does.
    func dial() throws(SessionFailure) -> OpaquePointer {
        let session = try session()
        let preparing = PreparedStatement.allCases.map {
            DirectSession.Command($0.text, preparedAs: $0.rawValue)
        }
        try session.run(preparing, within: PostgresLimits.sessionSetupMax)
        guard let connection = session.release() else { throw .lost }
        return connection
    }

    /// What every session rests on. Everything is looked up by key, so plans that read whole tables, which
    /// the planner likes while they are small and then keeps, are out of the question. A commit is synced
    /// whatever the server's own settings say.
    private var settings: DirectSession.Command {
        let fixed = [
            ("search_path", schema), ("default_transaction_isolation", "read committed"),
            ("statement_timeout", String(statementTimeout.wholeNanoseconds / 1_000_000)),
            ("lock_timeout", "0"),
            ("idle_in_transaction_session_timeout", String(PostgresLimits.idleTransactionMilliseconds)),
            ("client_min_messages", "warning"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off"),
            ("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("enable_hashjoin", "off"),
            ("enable_mergejoin", "off"),
        ]
        let terms = fixed.map { name, value in "set_config('\(name)', '\(value)', false)" }
        return DirectSession.Command(
            """
            SELECT \(terms.joined(separator: ", ")), set_config('synchronous_commit',
                CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write') THEN 'on'
                ELSE current_setting('synchronous_commit') END, false)
            """)
    }

    /// What libpq says of a connection names hosts and users. Passwords it does not show; this is in case.
    private func masked(_ text: String) -> String {
        let text = text.split(separator: "\n").joined(separator: "; ")
        guard let password, !password.isEmpty else { return text }
        return text.replacing(password, with: "***")
    }
}
