import Domain
import Ports

/// Why a question has no answer, as seen from the connection.
enum CallFailure: Error, Equatable {
    /// It never left: no connection in time, or too many calls waited.
    case unsent
    case cancelledUnsent
    /// Its caller has gone while the server works on it.
    case cancelledSent
    /// The connection died, or was silent for too long, after it had left.
    case lost
    /// The transaction is committed, and the server warned while it was: a standby that has to have it may
    /// not (`canceling wait for synchronous replication`).
    case doubtful
    /// The server refused it and took everything back. The detail is that of our own functions; of other
    /// errors it is the name of the constraint, since what the server says of those has data in it.
    case refused(SQLState, detail: String?)
    /// An answer that cannot be.
    case corrupt
}

extension CallFailure {
    /// For what only reads, and for what may be asked again.
    var error: MetadataError {
        switch self {
        case .unsent, .lost, .doubtful: .unavailable
        case .cancelledUnsent, .cancelledSent: .cancelled
        case .refused(let state, _): state.error
        case .corrupt: .corrupt
        }
    }

    /// For a commit, which may have happened.
    var errorOfCommit: MetadataError {
        switch self {
        case .unsent: .unavailable
        case .cancelledUnsent: .cancelled
        case .cancelledSent, .lost, .doubtful, .corrupt: .ambiguous
        case .refused(let state, _): state.error
        }
    }
}

/// What kind of error the server reports, by its five characters (postgresql.org/docs/15/errcodes-appendix).
struct SQLState: Equatable, CustomStringConvertible {
    let description: String

    init(_ code: String) { description = code }

    /// A mutation of a changeset was refused; the detail says which, and why.
    static let mutationRefused = SQLState("CF001")
    /// A changeset must have the namespace for itself.
    static let mustBeAlone = SQLState("CF002")
    static let deadlock = SQLState("40P01")
    static let serialization = SQLState("40001")
    static let lockNotAvailable = SQLState("55P03")
    static let readOnlyTransaction = SQLState("25006")
    static let diskFull = SQLState("53100")
    static let queryCancelled = SQLState("57014")

    private func isOfClass(_ prefix: String) -> Bool { description.hasPrefix(prefix) }

    /// Whether the same may succeed when it is sent again at once.
    var isWorthRepeating: Bool {
        self == .deadlock || self == .serialization || self == .lockNotAvailable
    }

    /// Whether the server behind this connection will not do, and another one may.
    var endsConnection: Bool {
        self == .readOnlyTransaction || isOfClass("57P") || isOfClass("08") || isOfClass("XX")
    }

    /// What a caller is told; the operator's log has the code.
    var error: MetadataError {
        if self == .diskFull { return .full }
        // Data and statements that contradict the schema, and damage that the server has found.
        let wrong = ["21", "22", "23", "2F", "42", "XX", "CF", "20"].contains(where: isOfClass)
        return wrong ? .corrupt : .unavailable
    }
}
