internal import Ports

/// Leaves what SQLite said in the operator's log, when the caller is only told that the metadata store
/// failed. The text is SQLite's own: names of tables and columns at most, and never what is in them.
struct FailureLog: Sendable {
    private let log: any EventLog

    init(_ log: any EventLog) { self.log = log }

    /// `callCount`: how many callers the failure was the answer to.
    func report(_ failure: SQLiteFailure, during work: String, callCount: Int = 1) {
        log.log(
            failure.kind == .full ? .warn : .error, "the metadata store failed",
            [
                LogField("during", work), LogField("calls", callCount), LogField("sqlite_code", failure.code),
                LogField("errno", failure.systemError), LogField("reason", failure.text),
            ])
    }

    /// A call that never reached SQLite.
    func reportRefusal(_ reason: String) {
        log.log(.warn, "the metadata store refused a call", [LogField("reason", reason)])
    }
}
