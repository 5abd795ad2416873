/// Every bound in the system, with its reason. Those that an operator may change are the defaults of
/// settings.
package enum Limits {
    // MARK: Paths

    /// NAME_MAX of Linux.
    package static let nameBytesMax = 255
    /// PATH_MAX of Linux.
    package static let pathBytesMax = 4096
    /// A path of one-byte names is the deepest that fits.
    package static let pathDepthMax = pathBytesMax / 2
    /// PATH_MAX of Linux without the NUL at the end.
    package static let symlinkTargetBytesMax = pathBytesMax - 1
    /// MAXSYMLINKS of Linux: one more is ELOOP (path_resolution(7)).
    package static let symlinksFollowedMax = 40
    /// How many names all links that one walk follows may have. Linux has no such bound; here each name is a
    /// lookup, and 40 links of 2,000 names each would hold up everybody.
    package static let symlinkComponentsMax = 8_192

    // MARK: Listings

    package static let listPageDefault = 1_000
    package static let listPageMax = 10_000
    package static let listDepthDefault = 100
    package static let listDepthMax = 1_000
    /// A page ends early when it is this large: names may be long and directories deep.
    package static let listPageBytes = 4 * 1024 * 1024
    /// How many entries the walk reads at once: bounds what a streamed listing holds per level.
    package static let listBatch = 512

    // MARK: Contents

    /// Contents up to this size travel in the metadata transaction: one sync instead of three. The default of
    /// `backend.inline_max_bytes` in the embedded mode.
    package static let inlineBytesDefault = 16 * 1024
    /// Above this, rows would slow down every scan of the store.
    package static let inlineBytesMax = 1024 * 1024
    /// How much of one body is in memory at a time.
    package static let transferBufferBytes = 256 * 1024

    // MARK: Commits

    /// How often a use case plans again after a broken precondition. Each round means that somebody else
    /// succeeded.
    package static let planAttemptsMax = 64
    /// How many directories the store checks in one atomic removal of a tree; above it the removal is a job.
    package static let treeDirectoriesMax = 100_000
    /// How many entries a copy of a directory makes in its one commit: others wait for the writer meanwhile,
    /// about half a second on one slow core.
    package static let copyEntriesMax = 10_000
    /// How many names may be looked up to read a tree for its copy: every batch of a directory checks the
    /// whole way to it, so a deep tree costs more than its entries.
    package static let copyStepsMax = 200_000
    /// LINK_MAX of ext4.
    package static let linkCountMax = 65_000
    /// A changeset must be decided this long after it was planned.
    package static let commitDeadline: Duration = .seconds(30)

    /// A plan may rest on a resolution of this age: old enough to span a small body, young enough that its
    /// preconditions mostly hold.
    package static let resolutionReuseMax: Duration = .milliseconds(50)

    /// How often a commit that a store had no means to begin is offered again.
    package static let unavailableRetriesMax = 3
    package static let unavailableRetryPause: Duration = .milliseconds(10)

    // MARK: Garbage

    /// Longer than any time from a resolve to its first byte.
    package static let reclaimGraceDefault: Duration = .seconds(15 * 60)
    package static let sweepAgeDefault: Duration = .seconds(24 * 60 * 60)
    /// From the first byte of an upload to its commit. The sweep takes what is older.
    package static let writeDurationMax: Duration = .seconds(24 * 60 * 60)
    /// Rows handled in one maintenance transaction, so that writers wait only briefly.
    package static let maintenanceBatch = 256

    // MARK: Locks

    package static let leaseDefault: Duration = .seconds(30)
    package static let lockWaitDefault: Duration = .seconds(10)
    /// Waiters for one resource; one more is refused at once.
    package static let lockWaitersMax = 1_024

    // MARK: Nodes

    /// For how long an announcement of a node counts: long enough for two that are lost, short enough that a
    /// node that died is known to be down soon.
    package static let memberLease: Duration = .seconds(15)
    /// How long a node that says that it restarts is expected back.
    package static let restartDurationMax: Duration = .seconds(60)
    /// How long a request waits for a node that restarts.
    package static let peerWaitDefault: Duration = .seconds(10)
    /// How often the list of nodes is read while somebody waits for one.
    package static let memberPollInterval: Duration = .milliseconds(100)
    /// How far two nodes may differ in what they take for the metadata store's time, travel included.
    package static let peerClockSkewMax: Duration = .seconds(30)
    /// Requests of peers within twice that: four thousand a second.
    package static let peerNoncesMax = 262_144

    // MARK: Links

    /// How long a claimed link may be resumed: a large file over a slow line, interrupted a few times.
    package static let linkResumeWindow: Duration = .seconds(60 * 60)
    /// How long it may be resumed once its last byte was given to the kernel, which may still hold
    /// hundreds of kilobytes that a slow line has not taken: minutes at a few kilobytes a second.
    package static let linkFinishGrace: Duration = .seconds(5 * 60)
    /// The contract of the API.
    package static let linkLifetimeMin: Duration = .seconds(1)
    package static let linkLifetimeMax: Duration = .seconds(24 * 60 * 60)
    /// How long one hears of a link that is used or expired that it is gone, and not that it never was.
    package static let linkMemory: Duration = .seconds(24 * 60 * 60)
    /// Transfers that ended and whose links are not closed in the store yet. One more is left to the end of
    /// its window; the background closes thousands a second.
    package static let linkEndingsMax = 65_536

    // MARK: Keys

    /// 16 random bytes cannot be guessed; fewer characters never hold as much. Of keys that are
    /// configured, of those that only their digests are, which nobody can measure before they come, and of
    /// secrets.
    package static let keyBytesMin = 16
    /// More would crowd out other header fields.
    package static let keyBytesMax = 512

    // MARK: Requests

    package static let jsonBodyBytesMax = 64 * 1024
    package static let mediaTypeBytesMax = 255
    /// Members of a structured field: several times the algorithms that digests have.
    package static let structuredMembersMax = 64
    /// A content that is read to its end for a digest that was not stored: a tenth of a second of
    /// computing, for which others on the loop wait in pieces.
    package static let digestOnDemandBytesMax: UInt64 = 64 * 1024 * 1024
    /// With `x-callfs-meta-` in front a name that every client's library takes.
    package static let userMetadataNameBytesMax = 64
    /// Leaves room beside it for the other fields of a request, of which servers take a hundred.
    package static let userMetadataEntriesMax = 64
    /// Names and values together: a quarter of the largest head, and as much as most servers and proxies
    /// allow.
    package static let userMetadataBytesMax = 8 * 1024
    /// Ranges of one request beyond this are abuse, and get the whole (RFC 9110 section 14.2).
    package static let rangesMax = 16
    package static let conditionTagsMax = 64
    /// Codings of one `Accept-Encoding`: all that are registered are fewer.
    package static let acceptedCodingsMax = 32
    /// Media ranges of one `Accept`: browsers send about ten.
    package static let acceptedMediaMax = 64
    /// How much of an answer is packed at a time: well below a millisecond of work.
    package static let codedAtOnceBytes = 32 * 1024
    package static let codedBytesMinDefault = 1024

    // MARK: Idempotency

    /// What clients use are UUIDs; what they might use are digests and names.
    package static let idempotencyKeyBytesMax = 255
    /// How long an answer is kept: longer than any client goes on trying.
    package static let idempotencyKept: Duration = .seconds(24 * 60 * 60)
    /// Answers kept of one principal: one a second for a day, some hundred megabytes at most.
    package static let idempotencyKeysMax = 100_000

    // MARK: Rates

    /// Requests that may come at once before the rate counts.
    package static let rateBurstDefault = 20
    package static let rateBurstMax = 1_000_000
    /// Keys or networks that one limit keeps count of: some megabytes when all of them are new.
    package static let rateBucketsMax = 65_536

    // MARK: Caches

    /// Resolutions held by the coherent cache of the embedded mode.
    package static let resolutionCacheEntries = 65_536
    /// Inline bytes that those resolutions may hold together.
    package static let resolutionCacheBytes = 16 * 1024 * 1024

    /// The bounds that only make sense together.
    package static func verify() {
        precondition(nameBytesMax < pathBytesMax)
        precondition(listPageDefault <= listPageMax)
        precondition(listDepthDefault <= listDepthMax)
        precondition(inlineBytesDefault <= inlineBytesMax)
        precondition(reclaimGraceDefault < sweepAgeDefault)
        precondition(writeDurationMax <= sweepAgeDefault)
        precondition(commitDeadline < reclaimGraceDefault)
        precondition(lockWaitDefault < commitDeadline)
        precondition(peerWaitDefault < restartDurationMax)
        precondition(memberPollInterval < memberLease)
    }
}
