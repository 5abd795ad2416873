package import Domain
package import Ports
private import Synchronization

/// Everything a node is made of: the one seam between the program and the simulator. A class, so that handing
/// it on costs one count and not one for each port.
package final class Dependencies: Sendable {
    package let instance: InstanceID
    package let metadata: any MetadataStore
    package let ledger: any ContentLedger & AnswerLedger
    package let links: any LinkStore
    package let contents: ContentStores
    package let locks: any LockService
    package let time: any TimeSource
    package let entropy: any EntropySource
    package let hash: any KeyedHash
    package let log: any EventLog
    /// The other nodes; nil for a node that stands alone.
    package let cluster: Cluster?
    private let settingsInForce: Mutex<NodeSettings>

    /// May change while the node runs; each use case takes what holds when it asks.
    package var settings: NodeSettings {
        get { settingsInForce.withLock { $0 } }
        set { settingsInForce.withLock { $0 = newValue } }
    }

    package init(
        instance: InstanceID, metadata: any MetadataStore, ledger: any ContentLedger & AnswerLedger,
        links: any LinkStore,
        contents: ContentStores, locks: any LockService, time: any TimeSource, entropy: any EntropySource,
        hash: any KeyedHash,
        log: any EventLog, settings: NodeSettings, cluster: Cluster? = nil
    ) {
        self.cluster = cluster
        self.instance = instance
        self.metadata = metadata
        self.ledger = ledger
        self.links = links
        self.contents = contents
        self.locks = locks
        self.time = time
        self.entropy = entropy
        self.hash = hash
        self.log = log
        settingsInForce = Mutex(settings)
    }
}

/// What happens to a write when the lock service cannot be reached.
package enum LocksUnavailablePolicy: String, Sendable, CaseIterable {
    /// It commits without a lease, and puts the fence above those that were given before.
    case proceed
    case refuse
}

/// The bounds of a node that an operator may choose.
package struct NodeSettings: Sendable {
    /// Contents up to this size are kept in the metadata store.
    package var inlineBytesMax = Limits.inlineBytesDefault
    /// The largest body of a file; nil for no bound but the disk's.
    package var bodyBytesMax: UInt64?
    /// The time that one call of the metadata store may take.
    package var metadataTimeout: Duration = .seconds(5)
    package var lease = Limits.leaseDefault
    package var lockWait = Limits.lockWaitDefault
    package var onLocksUnavailable = LocksUnavailablePolicy.proceed
    /// What happens to a write when the node that holds the file is down.
    package var onOwnerDown = Placement.OwnerDownPolicy.writeHere
    /// How long a node that restarts is waited for.
    package var peerWaitMax = Limits.peerWaitDefault
    package var reclaimGrace = Limits.reclaimGraceDefault
    package var sweepAge = Limits.sweepAgeDefault
    /// From the first byte of an upload to its commit; at most `sweepAge`.
    package var writeDurationMax = Limits.writeDurationMax
    /// How long the background work rests when there was nothing to do.
    package var maintenanceInterval: Duration = .seconds(1)
    /// How long between two sweeps of a store.
    package var sweepInterval: Duration = .seconds(60 * 60)

    package init() {}
}
