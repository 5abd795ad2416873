import API
package import Domain
import LocalFS
package import Memory
import Peers
import Ports
package import Services
package import SimCore

/// One machine with one node on it: the real node and the real API over the real local store, on a disk and
/// clocks that the simulation holds. Each start is an incarnation with an executor of its own; whatever an
/// earlier one still had in flight can reach the network and the services, but never runs again.
package final class SimulatedNode: @unchecked Sendable {
    package enum State: Sendable {
        case down, starting, serving
    }

    package let number: Int
    package let host: Host
    package let instance: InstanceID
    package let origin: HTTPOrigin
    package let clock: VirtualClock
    package let disk: MemoryDisk
    package let store: RegisteredStore
    let diskFaults: DiskFaults
    package let world: World
    private let entropy: StreamEntropy
    private let diskRandom: RandomStream
    package private(set) var state = State.down
    package private(set) var incarnation = 0
    package private(set) var executor: NodeExecutor
    package private(set) var isPaused = false
    /// Of the incarnation that is serving.
    package private(set) var node: Node?
    package let listener: Listener
    /// What a store is called that is made on an empty disk.
    private var freshID: StoreID
    /// Why it could not start when it last tried.
    package private(set) var refusal: String?
    /// It has tried to start, and could not.
    var whenRefused: () -> Void = {}

    /// `name` is that of its machine, `instance` that of the process: two machines may have one by mistake.
    init(_ number: Int, named name: String, as instance: String, in world: World) {
        self.number = number
        self.world = world
        guard let instance = InstanceID(instance), let origin = HTTPOrigin(parsing: "https://\(name):8443")
        else {
            preconditionFailure("the name is a valid one")
        }
        self.instance = instance
        self.origin = origin
        host = world.network.addHost(name)
        let options = world.options
        let random = world.streams.stream("clock of \(name)")
        clock = VirtualClock(
            world.scheduler,
            drift: options.drift == 0 ? 0 : random.number(in: -options.drift...options.drift),
            offset: options.clockOffset == .zero
                ? .zero : random.duration(.zero, options.clockOffset) - options.clockOffset / 2,
            monotonicStart: .seconds(random.number(in: 1...1_000_000)))
        entropy = StreamEntropy(
            world.streams.stream("entropy of \(name)"), isNarrow: options.hasOneShard)
        diskRandom = world.streams.stream("disk of \(name)")
        disk = MemoryDisk(capacityBytes: options.diskBytes)
        diskFaults = DiskFaults(world.scheduler, diskRandom.fork(), options.disk)
        store = RegisteredStore(
            id: StoreID(entropy.identifier(at: VirtualClock.epoch)), backend: "localfs", kind: .localfs,
            instance: instance)
        freshID = store.id
        let executor = world.scheduler.makeExecutor(name)
        self.executor = executor
        listener = Listener(host, world.network, executor)
        disk.setFault { [diskFaults] operation throws(DiskError) in try await diskFaults.before(operation) }
        disk.setLag { [diskFaults] in await diskFaults.afterSync() }
    }

    var trace: Trace { world.scheduler.trace }
    private var label: String { "\(host.name).\(incarnation)" }

    // MARK: Life

    /// Starts the node on what its disk holds.
    package func start() {
        guard state == .down else { return }
        incarnation += 1
        let incarnation = incarnation
        state = .starting
        if executor.isDead { executor = world.scheduler.makeExecutor("\(host.name).\(incarnation)") }
        listener.executor = executor
        listener.isSilent = false
        trace.note(label, "starts")
        executor.start("life of incarnation \(incarnation)") { await self.live() }
    }

    private func live() async {
        while !Task.isCancelled {
            do {
                let (node, handler) = try await assemble()
                self.node = node
                listener.handler = handler
                state = .serving
                refusal = nil
                trace.note(label, "serves")
                await node.run()
                return
            } catch {
                refusal = String(describing: error)
                trace.note(label, "cannot start", 0, 0, String(describing: error))
                whenRefused()
                world.probe(.nodeCouldNotStart)
                do { try await clock.sleep(until: clock.monotonicNow() + .milliseconds(500)) } catch {
                    return
                }
            }
        }
    }

    private func assemble() async throws -> (Node, CallFSHandler) {
        let metadata = world.metadata(for: self)
        let deployment = try await metadata.deployment()
        let contents = try await LocalContentStore.open(disk: disk, deployment: deployment, freshID: freshID)
        diskFaults.isCalm = world.isCalm
        do {
            let found = RegisteredStore(
                id: contents.id, backend: store.backend, kind: store.kind, instance: instance)
            if case .conflict = try await metadata.register(found) { throw StartFailure.otherStore }
            let bucket = world.objects?.contents(of: deployment, for: self) { [unowned world] in
                world.mishaps
            }
            if let objects = world.objects { _ = try await metadata.register(objects.store) }
            let local: [any ContentStore] = [contents] + (bucket.map { [$0] } ?? [])
            let stores = ContentStores(
                defaultStore: world.objects?.store.id ?? found.id, local: local,
                registered: try await metadata.stores())
            let node = Node(
                Dependencies(
                    instance: instance, metadata: world.cached(metadata, clock), ledger: metadata,
                    links: metadata, contents: stores, locks: world.locks(for: self), time: clock,
                    entropy: entropy, hash: world.hash, log: world.log(for: label),
                    settings: world.nodeSettings,
                    cluster: world.nodes.count == 1 ? nil : cluster(deployment, metadata, stores)))
            try await node.join()
            let handler = CallFSHandler(
                node: node, identities: Persona.identities(world.hash),
                linkSigner: LinkSigner(secret: Array("simulated".utf8), previous: nil, hash: world.hash),
                limiter: RateLimiter(settings: .unlimited, time: clock),
                settings: world.handlerSettings, observation: SimulatedNode.observation)
            return (node, handler)
        } catch {
            await contents.close()
            throw error
        }
    }

    /// The way to the other nodes.
    private func cluster(
        _ deployment: DeploymentID, _ metadata: SimulatedMetadata, _ contents: ContentStores
    ) -> Cluster {
        let log = world.log(for: label)
        let membership = ClusterMembership(
            instance: instance, endpoint: origin, incarnation: entropy.identifier(at: clock.wallNow()),
            registry: metadata, contents: contents, time: clock, log: log, lease: world.memberLease)
        let keys = PeerKeys(secret: Array("the secret of this deployment".utf8), hash: world.hash)
        let transport = SimulatedTransport(
            from: host, world.network,
            mishaps: { [unowned world] in world.mishaps },
            whenLetInTwice: { [unowned world] in
                world.complain("a request of a node that came twice was let in twice")
            },
            find: { [unowned world] origin in
                (world.nodes + world.namesakes).first { $0.origin == origin }?.listener
            })
        let (instance, hash, entropy) = (instance, world.hash, entropy)
        return Cluster(
            membership: membership,
            gate: PeerGate(keys: keys, deployment: deployment, membership: membership)
        ) { store, owner, origin in
            PeerContentStore(
                id: store,
                line: PeerLine(
                    from: instance, to: owner, at: origin, in: deployment, transport: transport, keys: keys,
                    hash: hash, entropy: entropy,
                    patience: HTTPPatience(connect: .seconds(2), answer: .seconds(10), idle: .seconds(30)),
                    log: log, storeTime: { membership.storeTime() }))
        }
    }

    /// Nobody looks at it, and making one takes as long as many requests.
    private static let observation = Observation()

    /// The row of a content goes after its bytes, or nothing would ever find them again but a sweep (P6).
    func expectNoBytes(of locations: [LocationID]) async {
        guard let contents = node?.contents.store(store.id) else { return }
        world.probe(.contentForgotten)
        for location in locations {
            guard let size = try? await contents.size(of: location) else { continue }
            world.complain("P6: \(host.name) forgets \(location), of which it keeps \(size) bytes")
        }
    }

    private enum StartFailure: Error {
        case otherStore
    }

    /// From now on so many of a thousand syncs fail, and say so.
    package func failSyncs(perMille: Int) {
        diskFaults.weather.failingSyncsPerMille = perMille
        diskFaults.isCalm = perMille == 0
    }

    /// Puts another disk in, of a node that is down, and takes its own out. On an empty one a start makes a
    /// store anew.
    package func exchangeDisk(with other: MemoryDisk) {
        precondition(state == .down)
        disk.exchange(with: other, using: &diskRandom.generator)
        freshID = StoreID(entropy.identifier(at: VirtualClock.epoch))
    }

    /// Cuts the power: what runs stops where it is, what was not synced is lost in any subset.
    package func crash() {
        guard state != .down else { return }
        let isSilent = world.faultRandom.happens(Ratio(1, of: 3))
        trace.note(label, "crashes", isSilent ? 1 : 0)
        world.scheduler.kill(executor)
        disk.crash(using: &diskRandom.generator)
        state = .down
        isPaused = false
        node = nil
        listener.isSilent = isSilent
        listener.die()
    }

    /// Holds everything of it back, until `resume`: its clocks go on.
    package func pause() {
        guard state != .down, !isPaused else { return }
        trace.note(label, "pauses")
        isPaused = true
        world.scheduler.pause(executor)
    }

    package func resume() {
        guard isPaused else { return }
        trace.note(label, "goes on")
        isPaused = false
        world.scheduler.resume(executor)
    }
}
