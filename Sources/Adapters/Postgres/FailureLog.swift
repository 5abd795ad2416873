import Ports

/// Leaves what the server said in the operator's log, when the caller is only told that the metadata store
/// failed. Names of hosts, users and objects of the schema at most, and never what is in them.
struct FailureLog: Sendable {
    private let log: any EventLog

    init(_ log: any EventLog) { self.log = log }

    func report(_ failure: SessionFailure, during work: String) {
        log.log(
            .error, "the metadata store failed",
            [LogField("during", work), LogField("reason", failure.description)])
    }

    func report(_ failure: CallFailure, during statement: PreparedStatement) {
        let reason: String
        switch failure {
        // The caller's own doing, and a refusal that is an answer.
        case .cancelledUnsent, .cancelledSent, .refused(.mutationRefused, _), .refused(.mustBeAlone, _):
            return
        case .unsent: reason = "no connection in time"
        case .lost: reason = "the connection was lost"
        case .doubtful: reason = "the server warned while it committed; is a synchronous standby missing?"
        case .corrupt: reason = "the answer cannot be read"
        case .refused: reason = "refused"
        }
        var fields = [LogField("during", statement.rawValue), LogField("reason", reason)]
        if case .refused(let state, let constraint) = failure {
            fields.append(LogField("sqlstate", state.description))
            if let constraint { fields.append(LogField("constraint", constraint)) }
        }
        log.log(.warn, "the metadata store failed", fields)
    }
}
