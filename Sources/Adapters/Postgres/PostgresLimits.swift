/// The bounds of this adapter, with their reasons.
package enum PostgresLimits {
    /// Connections of a loop that change something, each for one transaction at a time: while one waits for
    /// its sync, others go on, and the server syncs several at once.
    package static let changingConnectionsDefault = 4
    /// Questions under way on the one connection of a loop that only reads. They are answered in order, some
    /// microseconds each; more would only wait there instead of here.
    package static let readsUnderWayMax = 128
    /// Calls of a loop that wait for a connection; one more is unavailable at once.
    package static let waitingCallsMax = 4_096
    /// How long a call waits for a connection: a failover takes longer, a hiccup does not.
    package static let waitMax: Duration = .seconds(3)

    /// How long the server works on one statement. Copies of 10,000 entries take about a second.
    package static let statementTimeoutDefault: Duration = .seconds(5)
    /// How much later than the server its silence is taken for the end of the connection.
    package static let silenceMargin: Duration = .seconds(5)
    /// How long a commit waits to have the namespace for itself. Everybody else waits behind it meanwhile.
    package static let alonePatienceMilliseconds = 1_000
    /// After this a transaction that its client has left is taken back, with its locks.
    package static let idleTransactionMilliseconds = 10_000
    /// TCP_USER_TIMEOUT of tcp(7): how long sent bytes may stay unconfirmed.
    package static let unconfirmedMilliseconds = 10_000
    /// To one host. A host that does not answer in that time does not serve.
    package static let connectSeconds = 5
    /// What is done for a connection before it is used.
    package static let sessionSetupMax: Duration = .seconds(10)
    /// Migrations, and waiting for another node that migrates.
    package static let migrationMax: Duration = .seconds(120)
    /// The check of all rows.
    package static let checkMax: Duration = .seconds(3_600)

    /// Attempts to connect: the pause doubles from the first to the last and is then drawn from half of it
    /// up, so that nodes do not come all at once to a server that is back.
    package static let pauseFirst: Duration = .milliseconds(20)
    package static let pauseLast: Duration = .seconds(2)
    /// Threads that connect: names are resolved and keys agreed on there, which blocks or takes long.
    package static let connectingThreads = 2

    /// How often a commit that the server took back for the sake of others (a deadlock, no turn alone) is
    /// sent again.
    package static let commitAttemptsMax = 8
    package static let retryPause: Duration = .milliseconds(5)
    /// How often an announcement is decided again because another one came in between.
    package static let announceAttemptsMax = 16

    /// How long the outcome of a changeset is known: well above the deadline that planning gives it, after
    /// which it cannot happen any more.
    package static let outcomesKeptDefault: Duration = .seconds(120)
    /// Directories whose entries did not change for so long get what their rows do not have yet.
    package static let directoryQuiet: Duration = .seconds(60)
    /// Rows that one step of tidying takes.
    package static let tidyStep = 4_096

    /// The oldest server that has all that is asked of it: `trim_array`, exact times.
    package static let serverVersionMin = 140_000
}
