import Domain
package import Services
package import SimCore

/// What a run is like, drawn from its seed: most runs have few kinds of trouble, so that what one kind does
/// is not always hidden by another.
package struct WorldOptions: Sendable {
    package var nodes = 3
    package var clients = 5
    package var operations = 200
    /// Parts of a million by which clocks are fast or slow.
    package var drift = 0
    package var clockOffset: Duration = .zero
    package var weather = Network.Weather.fine
    package var cutPerMille = 0
    /// Of a thousand requests that may come twice, how many do.
    package var repeatedPerMille = 0
    /// How long a node counts as alive after it said so.
    package var memberLease: Duration = .seconds(15)
    package var clientPatience: Duration = .seconds(20)
    package var diskBytes = 1 << 28
    package var disk = DiskWeather()
    package var node = NodeSettings()
    /// With one node only: resolutions are remembered, as in the embedded mode.
    package var cachesResolutions = false
    /// Only the first client changes anything, in the workloads that know of this.
    package var hasSoleWriter = false
    package var lostMetadataAnswersPerMille = 0
    package var metadataSlowness: Duration = .zero
    package var held = CommitTurns.Share.none
    package var heldLongest: Duration = .milliseconds(100)
    /// Of a thousand answers of the metadata service, before how many it is gone for a while.
    package var vanishingMetadataPerMille = 0
    package var vanishingMetadataLongest: Duration = .seconds(3)
    /// Of a thousand requests under a key, how many are on their way twice.
    package var doubledPerMille = 0
    /// Of a thousand changes that a client was told of, after how many the power of the node that told it is
    /// cut at once.
    package var crashesOnSuccessPerMille = 0
    /// Without, the lock service is away all the time, and the commits alone keep writers apart.
    package var hasLocks = true
    /// Contents lie in a bucket that all nodes share, and not on their disks.
    package var hasBucket = false
    /// Of a thousand requests to it, how many are told to slow down.
    package var refusedByBucketPerMille = 0
    /// How long its listings take at most, and how many keys they have at most.
    package var bucketListing = (slowest: Duration.zero, keysMax: ObjectService.keysMax)
    /// All contents of a node lie in one directory of its disk.
    package var hasOneShard = false
    package var troubles = Troubles()

    /// Contents up to this size lie with the metadata.
    package var inlineBytesMax: Int {
        get { node.inlineBytesMax }
        set { node.inlineBytesMax = newValue }
    }

    /// How often each trouble comes, as weights against each other; all zero for none.
    package struct Troubles: Sendable {
        package var crash = 0
        package var pause = 0
        package var partition = 0
        package var clockJump = 0
        package var metadataOutage = 0
        package var metadataFailover = 0
        package var lockFailover = 0
        package var lockOutage = 0
        package var rollingRestart = 0
        package var emptyDisk = 0
        package var namesake = 0
        package var flippedByte = 0
        /// The mean time between two.
        package var interval: Duration = .seconds(1)

        var total: Int {
            crash + pause + partition + clockJump + metadataOutage + metadataFailover + lockFailover
                + lockOutage + rollingRestart + emptyDisk + namesake + flippedByte
        }
    }

    package init() {}

    /// Every request is answered, soon or late: for histories without doubts, which the search judges at
    /// once whatever is wrong with them.
    package mutating func spareTheConnections() {
        weather.lossPerMille = 0
        cutPerMille = 0
        clientPatience = .seconds(120)
        lostMetadataAnswersPerMille = 0
        vanishingMetadataPerMille = 0
        crashesOnSuccessPerMille = 0
        disk.failuresPerMille = 0
        disk.failingSyncsPerMille = 0
        refusedByBucketPerMille = 0
        (troubles.rollingRestart, troubles.emptyDisk, troubles.namesake) = (0, 0, 0)
        (troubles.crash, troubles.partition, troubles.metadataOutage) = (0, 0, 0)
        (troubles.metadataFailover, troubles.clockJump) = (0, 0)
    }

    package init(_ swarm: Swarm) {
        nodes = swarm.draw("nodes", [1, 1, 2, 2, 2, 3, 3, 4])
        clients = swarm.draw("clients", 3...8)
        operations = swarm.draw("operations", [200, 200, 240, 300])
        drift = swarm.draw("drift", [0, 0, 50, 200])
        clockOffset = .milliseconds(swarm.draw("clock-offset-ms", [0, 0, 5, 500, 30_000]))
        weather = Network.Weather(
            fastest: .microseconds(swarm.draw("net-fastest-us", [20, 100, 500])),
            slowest: .microseconds(swarm.draw("net-slowest-us", [500, 5_000, 50_000, 1_000_000])),
            lossPerMille: swarm.draw("net-loss", [0, 0, 0, 2, 10, 30]))
        cutPerMille = swarm.draw("net-cut", [0, 0, 20, 100])
        repeatedPerMille = swarm.draw("net-repeats", [0, 0, 20, 200])
        memberLease = .milliseconds(swarm.draw("member-lease-ms", [1_500, 5_000, 15_000]))
        clientPatience = .milliseconds(swarm.draw("patience-ms", [500, 5_000, 20_000]))
        diskBytes = swarm.draw("disk-bytes", [1 << 28, 1 << 28, 1 << 28, 1 << 16])
        disk.slowestSync = .milliseconds(swarm.draw("disk-sync-ms", [1, 10, 200]))
        disk.failuresPerMille = swarm.draw("disk-failures", [0, 0, 0, 2, 20])
        disk.failingSyncsPerMille = swarm.draw("disk-sync-failures", [0, 0, 0, 100])
        disk.fullPerMille = swarm.draw("disk-full", [0, 0, 0, 0, 20])
        cachesResolutions = swarm.draw("caches", [0, 1, 1]) == 1 && nodes == 1
        lostMetadataAnswersPerMille = swarm.draw("db-lost-answers", [0, 0, 5, 30])
        metadataSlowness = .milliseconds(swarm.draw("db-slow-ms", [0, 0, 5, 500]))
        held.commits = swarm.draw("held-commits", [0, 100, 300, 500])
        held.looks = swarm.draw("held-looks", [0, 50, 200])
        heldLongest = .milliseconds(swarm.draw("held-ms", [100, 500, 2_000]))
        vanishingMetadataPerMille = swarm.draw("db-vanishes", [0, 0, 0, 3])
        doubledPerMille = swarm.draw("doubled", [0, 300])
        crashesOnSuccessPerMille = swarm.draw("crash-on-success", [0, 0, 0, 30, 100])
        hasLocks = swarm.draw("no-locks", [0, 0, 0, 1]) == 0
        hasBucket = swarm.draw("bucket", [0, 0, 0, 0, 1]) == 1
        refusedByBucketPerMille = swarm.draw("bucket-slow-down", [0, 20])
        bucketListing = (
            .milliseconds(swarm.draw("bucket-list-ms", [0, 0, 500, 30_000])),
            swarm.draw("bucket-list-keys", [1, 3, ObjectService.keysMax])
        )
        hasOneShard = swarm.draw("one-shard", [0, 1]) == 1
        drawNode(swarm)
        drawTroubles(swarm)
    }

    private mutating func drawNode(_ swarm: Swarm) {
        node.inlineBytesMax = swarm.draw("inline-max", [0, 64, 256, 4_096])
        node.lease = .milliseconds(swarm.draw("lease-ms", [500, 3_000, 30_000]))
        node.lockWait = .milliseconds(swarm.draw("lock-wait-ms", [200, 2_000, 10_000]))
        node.maintenanceInterval = .milliseconds(swarm.draw("maintenance-ms", [500, 2_000, 10_000]))
        node.reclaimGrace = .milliseconds(swarm.draw("grace-ms", [60_000, 120_000]))
        node.sweepInterval = .milliseconds(swarm.draw("sweep-ms", [5_000, 60_000, 600_000, 3_600_000]))
        node.writeDurationMax = .seconds(60)
        node.sweepAge = .seconds(swarm.draw("sweep-age-s", [120, 600]))
    }

    private mutating func drawTroubles(_ swarm: Swarm) {
        troubles.crash = swarm.draw("crash", [0, 0, 1, 3])
        troubles.pause = swarm.draw("pause", [0, 0, 1, 2])
        troubles.partition = swarm.draw("partition", [0, 0, 1, 2])
        troubles.clockJump = swarm.draw("clock-jump", [0, 0, 1])
        troubles.metadataOutage = swarm.draw("db-outage", [0, 0, 1])
        troubles.metadataFailover = swarm.draw("db-failover", [0, 0, 1])
        troubles.lockFailover = swarm.draw("lock-failover", [0, 0, 1])
        troubles.lockOutage = swarm.draw("lock-outage", [0, 0, 0, 1])
        troubles.rollingRestart = swarm.draw("rolling-restart", [0, 0, 0, 1])
        troubles.emptyDisk = swarm.draw("empty-disk", [0, 0, 0, 1])
        troubles.namesake = swarm.draw("namesake", [0, 0, 0, 1])
        troubles.flippedByte = swarm.draw("flipped-byte", [0, 0, 0, 1])
        troubles.interval = .milliseconds(swarm.draw("trouble-ms", [300, 1_000, 4_000]))
    }
}
