import Domain
import EventLoop
private import Glibc
import HostSystem
import LocalFS
import Memory
import Ports
import SQLite
import Services

/// Everything of a node that stands alone: metadata in SQLite and contents in LocalFS below one data
/// directory, locks in the process. Used by the server and, offline, by the check of the stores.
struct EmbeddedNode {
    let directory: NodeDirectory
    let node: Node
    let contents: LocalContentStore
    let metadata: SQLiteMetadataStore

    /// Opens or makes all of it. Refuses what belongs to another process or another filesystem.
    static func open(
        _ settings: Settings, pool: BlockingPool, time: any TimeSource, log: any EventLog,
        metrics: any MetricsRegistry = UnseenMetrics()
    ) async throws(StartError) -> EmbeddedNode {
        let directory = try await NodeDirectory.open(settings.dataDirectory, pool: pool)
        let entropy = SystemEntropy()
        let metadata = try openMetadata(settings, directory, time: time, entropy: entropy, log: log)
        let deployment: DeploymentID
        do { deployment = try await metadata.deployment() } catch {
            throw StartError("The metadata in '\(settings.dataDirectory)' cannot be read.")
        }
        let contents = try await openContents(
            settings, directory, deployment, pool: pool, entropy: entropy, time: time, log: log)
        let registered = try await register(contents, settings, in: metadata)
        var nodeSettings = NodeSettings()
        takeLive(settings, into: &nodeSettings)
        nodeSettings.reclaimGrace = settings.limits.reclaimGrace
        nodeSettings.sweepAge = settings.limits.sweepAge
        nodeSettings.writeDurationMax = settings.limits.writeDurationMax
        let dependencies = Dependencies(
            instance: settings.instance.instanceID,
            metadata: CoherentMetadata(
                MeteredMetadata(metadata, registry: metrics, time: time), time: time, metrics: metrics),
            ledger: metadata, links: metadata,
            contents: ContentStores(
                defaultStore: contents.id,
                local: [
                    MeteredContents(
                        contents, kind: .localfs, metrics: BackendMetrics(registry: metrics, time: time))
                ], registered: registered),
            locks: MeteredLocks(InProcessLockService(time: time), registry: metrics, time: time), time: time,
            entropy: entropy, hash: OpenSSLKeyedHash(),
            log: log,
            settings: nodeSettings)
        return EmbeddedNode(
            directory: directory, node: Node(dependencies), contents: contents, metadata: metadata)
    }

    /// What may change while the node runs. The ages that garbage is judged by may not: uploads that are
    /// under way count on those that they began with.
    static func takeLive(_ settings: Settings, into node: inout NodeSettings) {
        node.inlineBytesMax = settings.backend.inlineBytesMax
        node.bodyBytesMax = settings.server.bodyBytesMax.map { UInt64($0) }
        node.metadataTimeout = settings.server.metadataOperationTimeout
        node.lease = settings.locks.leaseDuration
        node.lockWait = settings.locks.waitMax
    }

    /// Ends what must end in order: nothing else may use the node any more.
    func close() async {
        metadata.close()
    }

    private static func openMetadata(
        _ settings: Settings, _ directory: NodeDirectory, time: any TimeSource, entropy: any EntropySource,
        log: any EventLog
    ) throws(StartError) -> SQLiteMetadataStore {
        let owner = settings.authentication.defaultUser
        let path = settings.metadataStore.databaseDirectory ?? directory.path + "/metadata"
        try NodeDirectory.make(path)
        do {
            return try SQLiteMetadataStore(
                directory: path, time: time, entropy: entropy, owner: owner.user, group: owner.group,
                log: log,
                onFatal: { reason in
                    // What the disk did with the last commit is unknown: only a restart, which reads it back,
                    // can tell.
                    log.log(
                        .error, "the metadata store failed; the process ends", [LogField("reason", reason)])
                    _exit(70)
                })
        } catch {
            throw StartError("The metadata in '\(path)' cannot be opened: \(error)")
        }
    }

    private static func openContents(
        _ settings: Settings, _ directory: NodeDirectory, _ deployment: DeploymentID, pool: BlockingPool,
        entropy: any EntropySource, time: any TimeSource, log: any EventLog
    ) async throws(StartError) -> LocalContentStore {
        let root = settings.backend.localRootPath
        let isOwn = root == settings.dataDirectory
        do {
            if !isOwn { try NodeDirectory.make(root) }
            let disk = isOwn ? directory.disk : try PosixDisk(root: root, pool: pool)
            return try await LocalContentStore.open(
                disk: disk, deployment: deployment, freshID: StoreID(entropy.identifier(at: time.wallNow())),
                ignoring: isOwn ? NodeDirectory.ownNames : [], log: log)
        } catch let error as LocalStoreError {
            throw StartError("The content store '\(root)' cannot be used: \(error)")
        } catch let error as DiskError {
            throw StartError("The content store '\(root)' cannot be opened: \(NodeDirectory.reason(error)).")
        } catch {
            throw StartError("The content store '\(root)' cannot be opened.")
        }
    }

    private static func register(
        _ contents: LocalContentStore, _ settings: Settings, in metadata: SQLiteMetadataStore
    ) async throws(StartError) -> [RegisteredStore] {
        let store = RegisteredStore(
            id: contents.id, backend: BackendKind.localfs.rawValue, kind: .localfs,
            instance: settings.instance.instanceID)
        do throws(MetadataError) {
            switch try await metadata.register(store) {
            case .added, .confirmed: return try await metadata.stores()
            case .conflict: break
            }
        } catch {
            throw StartError("The metadata store does not answer.")
        }
        throw StartError(
            "The content store at '\(settings.backend.localRootPath)' is not the one that instance "
                + "'\(settings.instance.instanceID)' is registered with; correct the path or the instance id."
        )
    }
}
