private import CLinux
private import CPostgres
import Domain
private import Glibc

/// A connection that is used by one thread which may wait: to set a session up, to migrate, to check. Each
/// wait is bounded.
final class DirectSession {
    struct Command {
        let text: String
        var parameters: [Parameter] = []
        /// To be prepared under this name instead of run.
        var preparedName: String?

        init(_ text: String, _ parameters: [Parameter] = [], preparedAs name: String? = nil) {
            self.text = text
            self.parameters = parameters
            preparedName = name
        }
    }

    private var connection: OpaquePointer?

    /// Takes over a connection and puts it into pipeline mode.
    init(_ connection: OpaquePointer) throws(SessionFailure) {
        self.connection = connection
        // What the server has to say besides is for nobody.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        guard PQsetnonblocking(connection, 1) == 0, PQenterPipelineMode(connection) == 1 else {
            throw .lost
        }
    }

    deinit { close() }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
    }

    /// Gives the connection away.
    func release() -> OpaquePointer? {
        defer { connection = nil }
        return connection
    }

    /// The version of the server, as `150004`.
    var serverVersion: Int { connection.map { Int(PQserverVersion($0)) } ?? 0 }

    /// Runs all in one round trip and one transaction, and returns what each returned. The first that the
    /// server refuses is thrown, and then nothing was done.
    @discardableResult
    func run(_ commands: [Command], within duration: Duration) throws(SessionFailure) -> [Rows] {
        guard let connection else { throw .lost }
        let deadline = callfs_monotonic_nanoseconds() + duration.wholeNanoseconds
        for command in commands {
            guard send(command, over: connection) else { throw .lost }
        }
        guard PQpipelineSync(connection) == 1 else { throw .lost }
        var rows: [Rows] = []
        var refusal: SessionFailure?
        while true {
            try awaitResult(of: connection, until: deadline)
            guard let result = PQgetResult(connection) else {
                guard PQstatus(connection) == CONNECTION_OK else { throw .lost }
                continue
            }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK: rows.append(Rows(result))
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
                if let refusal { throw refusal }
                return rows
            case PGRES_PIPELINE_ABORTED: PQclear(result)
            default:
                let state = callfs_pq_sqlstate(result).map { SQLState(String(cString: $0)) }
                let text = callfs_pq_message(result).map(String.init(cString:)) ?? ""
                if refusal == nil { refusal = state.map { .refused($0, text) } ?? .lost }
                PQclear(result)
            }
        }
    }

    private func send(_ command: Command, over connection: OpaquePointer) -> Bool {
        if let name = command.preparedName {
            return PQsendPrepare(connection, name, command.text, 0, nil) == 1
        }
        let texts = command.parameters.map { parameter -> [CChar]? in
            switch parameter {
            case .text(let text): Array(text.utf8CString)
            case .bytes, .null: nil
            }
        }
        return withPointers(to: texts) { values in
            PQsendQueryParams(connection, command.text, Int32(values.count), nil, values, nil, nil, 1) == 1
        }
    }

    private func withPointers<Value>(
        to texts: [[CChar]?], _ body: ([UnsafePointer<CChar>?]) -> Value
    ) -> Value {
        let copies = texts.map { text -> UnsafeMutablePointer<CChar>? in
            guard let text else { return nil }
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            copy.initialize(from: text, count: text.count)
            return copy
        }
        defer { for copy in copies { copy?.deallocate() } }
        return body(copies.map { $0.map { UnsafePointer($0) } })
    }

    private func awaitResult(of connection: OpaquePointer, until deadline: Int64) throws(SessionFailure) {
        var unsent = PQflush(connection)
        while unsent == 1 || PQisBusy(connection) == 1 {
            guard unsent >= 0 else { throw .lost }
            let left = deadline - callfs_monotonic_nanoseconds()
            guard left > 0 else { throw .late }
            var descriptor = pollfd(
                fd: PQsocket(connection), events: Int16(POLLIN | (unsent == 1 ? POLLOUT : 0)), revents: 0)
            let ready = poll(&descriptor, 1, Int32(clamping: left / 1_000_000 + 1))
            guard ready >= 0 || errno == EINTR else { throw .lost }
            guard ready > 0 else { continue }
            guard PQconsumeInput(connection) == 1 else {
                // What the server said before it left is still there to be read.
                if PQisBusy(connection) == 0 { return }
                throw .lost
            }
            unsent = PQflush(connection)
        }
    }
}

/// Why a session could not do what it was for.
enum SessionFailure: Error, Equatable {
    /// The connection could not be made. The text is libpq's own, without passwords.
    case unreachable(String)
    case lost
    case late
    /// With the server's own words, which name objects of the schema at most.
    case refused(SQLState, String)
}

extension SessionFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .unreachable(let text): text
        case .lost: "the connection was lost"
        case .late: "the server did not answer in time"
        case .refused(let state, let text): "\(text) (SQLSTATE \(state))"
        }
    }
}
