/// The bounds of this adapter, with their reasons.
package enum SQLiteLimits {
    /// Calls that wait for the writer; one more is refused as unavailable. Far more than connections can have
    /// in flight.
    package static let waitingCallsMax = 8_192
    /// Calls in one transaction: a sync is shared well before that, and the first waits for the last.
    package static let groupCallsMax = 256
    /// Inline bytes in one transaction, so that the log stays near the size at which it is copied.
    package static let groupBytesMax = 4 * 1024 * 1024

    /// Connections that read. One a loop is enough; the others are for background work and luck.
    package static let readers = 4
    package static let readerCacheBytes = 2 * 1024 * 1024
    package static let writerCacheBytes = 8 * 1024 * 1024
    /// Inodes whose state the writer remembers, at some hundred bytes each: the directories in use.
    package static let inodeStatesMax = 4_096
    /// Names of which the writer remembers where they lead, at some hundred bytes each.
    package static let entriesRememberedMax = 4_096
    /// Directories that readers remember, at some three hundred bytes each.
    package static let knownDirectoriesMax = 4_096

    /// Frames in the log (pages of 4 KiB) that make the writer copy it into the database.
    package static let logFramesMax = 2_000
    /// On a small disk it is copied sooner, but not after every few commits.
    package static let logFramesMin = 100
    package static let pageBytes = 4_096
    /// Room for copying the largest log, and for what is committed before it is next copied.
    package static let reserveBytesMax = 12 * 1024 * 1024
    /// The reserve takes at most one part in this many of a disk.
    package static let reserveShare = 8
    /// What the log keeps of its file when it begins anew: more than it needs between two copies, so that it
    /// is not cut and grown again and again.
    package static let logBytesKept = 16 * 1024 * 1024
    /// The index of the log is made this long at start (32 KiB for each 4,096 frames), so that a full disk
    /// cannot stop it from growing after a commit has been synced.
    package static let logIndexBytes = 256 * 1024

    /// How long the outcome of a changeset is known: well above the deadline that planning gives it, after
    /// which it cannot happen any more.
    package static let outcomesKeptDefault: Duration = .seconds(120)
    /// Of a statement's virtual machine: well below a millisecond.
    package static let stepsBetweenStopChecks: Int32 = 4_000

    /// Pages given back to the host in one step.
    package static let vacuumPages = 512
    /// How long a lock that another connection of this process holds is waited for; they are held for
    /// microseconds.
    package static let busyMilliseconds: Int32 = 5_000
}
