import API
import Domain
package import Memory
package import Ports
import Services
package import SimCheckers
package import SimCore

/// A whole cluster: its nodes, the services that they share, the network between all, and the clients. All of
/// it is confined to the thread that made it.
package final class World: @unchecked Sendable {
    package let scheduler: Scheduler
    package let streams: Streams
    package let options: WorldOptions
    package let network: Network
    package let store: MemoryMetadataStore
    package let metadataService: Service
    package let metadataClock: VirtualClock
    package let lockService: Service
    package let leases: LeaseKeeper
    /// Nil where every node has its bytes on its own disk.
    let objects: ObjectService?
    /// Who waits for others to commit.
    package let turns: CommitTurns
    package let hash: any KeyedHash = QuickHash()
    package private(set) var nodes: [SimulatedNode] = []
    /// Machines that somebody has configured as one of the nodes, by mistake.
    package private(set) var namesakes: [SimulatedNode] = []
    private lazy var witness = Witness(scheduler, clock: metadataClock) { [unowned self] sentence in
        complain(sentence)
    }
    /// Bytes that have flipped on disks.
    package lazy var rot = Rot { [unowned self] in probe($0) }
    package private(set) var clients: [SimulatedClient] = []
    package private(set) var history = History()
    /// What may still act for which operation.
    private lazy var doubts = Doubts { [unowned self] operation in settle(operation) }
    package var linkTokens: [OperationID: String] = [:]
    /// Nothing fails and nothing is slow: while the cluster is being made, and at the end.
    package var isCalm = true
    /// Nodes that start now do their housekeeping in rare and thorough rounds, so that minutes of virtual
    /// time cost little.
    package var isSettling = false
    /// Draws of what goes wrong.
    package let faultRandom: RandomStream
    let handlerSettings: HandlerSettings
    private var events = 0
    /// Counts what the metadata service did.
    private var storeOrder = 0
    /// What was wrong while the run went on, a sentence each.
    package private(set) var complaints: [String] = []
    private var probes: [Probe: Int] = [:]
    private let programs: NodeExecutor

    package init(_ streams: Streams, options: WorldOptions, trace: Trace) {
        self.streams = streams
        self.options = options
        scheduler = Scheduler(streams, trace: trace)
        network = Network(scheduler, streams.stream("network"), weather: .fine)
        faultRandom = streams.stream("faults")
        metadataClock = VirtualClock(scheduler, drift: 0, monotonicStart: .seconds(1))
        metadataService = Service("metadata", network, streams.stream("metadata"))
        store = MemoryMetadataStore(
            time: metadataClock, entropy: StreamEntropy(streams.stream("entropy of the store")),
            owner: Persona.ada.principal.user, group: Persona.ada.principal.group)
        turns = CommitTurns(scheduler, streams.stream("turns"))
        lockService = Service("locks", network, streams.stream("locks"))
        leases = LeaseKeeper(time: VirtualClock(scheduler, drift: 0, monotonicStart: .seconds(1)))
        objects =
            options.hasBucket
            ? ObjectService(
                network, streams.stream("objects"),
                id: StoreID(
                    StreamEntropy(streams.stream("bucket")).identifier(at: VirtualClock.epoch)), hash: hash)
            : nil
        var settings = HandlerSettings(externalURL: "https://files.example")
        settings.logsAccess = false
        handlerSettings = settings
        programs = scheduler.makeExecutor("clients")
        leases.whenGranted = { [unowned self] in witness.grants($0, for: $1) }
        network.whenRepeated = { [unowned self] in probe(.messageRepeated) }
        objects?.whenSlow = { [unowned self] in probe(.slowListing) }
        for number in 1...options.nodes {
            nodes.append(SimulatedNode(number, named: "node-\(number)", as: "node-\(number)", in: self))
        }
        for number in 1...options.clients { clients.append(SimulatedClient(number, in: self)) }
    }

    /// A machine that somebody has configured as another node's, by mistake. It is not one of the nodes, and
    /// nobody starts it.
    package func addDouble(of node: SimulatedNode) -> SimulatedNode {
        let double = SimulatedNode(
            node.number, named: node.host.name + "-again", as: node.host.name, in: self)
        namesakes.append(double)
        return double
    }

    /// Whoever may answer a client: the nodes, and a machine that goes by the name of one and serves.
    var servers: [SimulatedNode] {
        namesakes.isEmpty ? nodes : nodes + namesakes.filter { $0.state == .serving }
    }

    /// What happens to requests of nodes that are sent now.
    var mishaps: SimulatedTransport.Mishaps {
        isCalm
            ? SimulatedTransport.Mishaps()
            : SimulatedTransport.Mishaps(
                cutPerMille: options.cutPerMille, repeatedPerMille: options.repeatedPerMille)
    }

    // MARK: What nodes are made of

    func metadata(for node: SimulatedNode) -> SimulatedMetadata {
        let observer = SimulatedMetadata.Observer(
            looks: { [unowned self] operation in
                storeOrder += 1
                history.snapshot(operation, at: storeOrder)
            },
            commits: { [unowned self] operation in
                storeOrder += 1
                if history[operation].lastEffect != nil {
                    complain("operation \(operation.index) takes effect after it could not any more")
                }
                history.commit(operation, at: storeOrder)
            },
            sends: { [unowned self] operation in addActor(for: operation) },
            isGone: { [unowned self, unowned node, incarnation = node.incarnation] in
                options.cachesResolutions && node.incarnation != incarnation
            },
            ends: { [unowned self] changeset, outcome in
                if let name = Probe(outcome) { probe(name) }
                if case .committed = outcome { witness.commits(changeset) }
            },
            announces: { [unowned self] announcement in witness.announces(announcement) },
            forgets: { [unowned node] locations in await node.expectNoBytes(of: locations) },
            probe: { [unowned self] in probe($0) })
        return SimulatedMetadata(
            store, over: metadataService.link(from: node.host), observer: observer, turns: turns)
    }

    func locks(for node: SimulatedNode) -> any LockService {
        SimulatedLocks(leases, over: lockService.link(from: node.host, inOrder: true), time: node.clock)
    }

    func cached(_ metadata: SimulatedMetadata, _ clock: VirtualClock) -> any MetadataStore {
        options.cachesResolutions ? CoherentMetadata(metadata, time: clock) : metadata
    }

    var nodeSettings: NodeSettings {
        var settings = options.node
        if isSettling {
            settings.maintenanceInterval = .seconds(60)
            settings.sweepInterval = .seconds(300)
            settings.sweepAge = settings.writeDurationMax
        }
        return settings
    }

    /// How long a node counts as alive after it said so; each says so three times as often. In the end, long
    /// enough to cost little, and well below the time in which all have to be there again: where the store's
    /// clock was set back, a node waits for as long before it takes the name of its predecessor.
    var memberLease: Duration { isSettling ? .seconds(60) : options.memberLease }

    func log(for name: String) -> any EventLog {
        scheduler.trace.isRead ? TraceLog(name, scheduler.trace) : SilentEventLog()
    }

    // MARK: Weather

    /// From fair to what the options say.
    package func letItRain() {
        isCalm = false
        network.weather = options.weather
        metadataService.lostAnswersPerMille = options.lostMetadataAnswersPerMille
        metadataService.slowness = options.metadataSlowness
        metadataService.vanishingPerMille = options.vanishingMetadataPerMille
        metadataService.vanishingLongest = options.vanishingMetadataLongest
        turns.share = options.held
        turns.longest = options.heldLongest
        lockService.isDown = !options.hasLocks
        objects?.refusedPerMille = options.refusedByBucketPerMille
        objects?.slowestListing = options.bucketListing.slowest
        objects?.keysMax = options.bucketListing.keysMax
        for node in nodes { node.diskFaults.isCalm = false }
    }

    package func calmDown() {
        isCalm = true
        network.weather = .fine
        metadataService.lostAnswersPerMille = 0
        metadataService.slowness = .zero
        metadataService.vanishingPerMille = 0
        metadataService.isDown = false
        turns.share = .none
        objects?.refusedPerMille = 0
        objects?.slowestListing = .zero
        objects?.keysMax = ObjectService.keysMax
        lockService.isDown = false
        for node in nodes { node.diskFaults.isCalm = true }
    }

    /// A client was told that a node has changed something for it. Whatever the node still owes the disk
    /// then, it never pays.
    func succeeded(_ call: Call, at node: SimulatedNode) {
        guard !isCalm, !call.onlyLooks, faultRandom.happens(perMille: options.crashesOnSuccessPerMille),
            node.state == .serving
        else { return }
        probe(.crashOnSuccess)
        node.crash()
        scheduler.after(faultRandom.longTail(.milliseconds(1), .seconds(2))) { node.start() }
    }

    // MARK: Programs

    /// Runs something of the simulation itself: a client's program, a story, a check.
    package func start(_ name: String, _ body: @escaping @Sendable () async -> Void) {
        programs.start(name, body)
    }

    /// Lets virtual time pass for a program; less when the run is ending.
    package func pass(_ time: Duration) async {
        if scheduler.isEnding { return }
        let promise = Promise<Bool>()
        scheduler.after(time) { promise.keep(true) }
        _ = await promise.wait(orWhenCancelled: false)
    }

    /// Waits until something is so, looking after every millisecond, less often after a while; false when
    /// `limit` went by first.
    package func wait(atMost limit: Duration, until condition: () -> Bool) async -> Bool {
        let start = scheduler.now
        while !condition() {
            let waited = scheduler.now - start
            if scheduler.isEnding || waited > limit { return false }
            await pass(max(.milliseconds(1), waited / 16))
        }
        return true
    }

    // MARK: History

    func begin(_ call: Call, by principal: Principal, client: Int, to node: String) -> OperationID {
        events += 1
        let id = history.begin(call, by: principal, client: client, to: node, at: events)
        doubts.begin(id)
        return id
    }

    func end(_ id: OperationID, _ outcome: Outcome) {
        events += 1
        history.end(id, outcome, at: events)
        doubts.end(id)
    }

    /// What is returned is called when it is over, or can never happen any more.
    func addActor(for operation: OperationID?) -> @Sendable () -> Void {
        // What runs on while a run is cleaned up is no part of it.
        guard !scheduler.isEnding else { return {} }
        return doubts.addActor(for: operation)
    }

    /// Nothing can act for an operation any more: had it no effect until now, it never has one.
    private func settle(_ id: OperationID) {
        guard history[id].outcome == .unknown else { return }
        events += 1
        history.settle(id, at: events)
    }

    func becomeCalm() {
        events += 1
        history.becomeCalm(at: events)
    }

    /// Something is wrong, whatever the history says.
    func complain(_ sentence: @autoclosure () -> String) { complaints.append(sentence()) }

    // MARK: Probes

    /// A rare thing happened.
    package func probe(_ probe: Probe) { probes[probe, default: 0] += 1 }

    package var probesSeen: [(probe: Probe, count: Int)] {
        Probe.allCases.compactMap { probe in probes[probe].map { (probe, $0) } }
    }
}

/// The log of a node, as lines of the trace.
private struct TraceLog: EventLog {
    private let name: String
    private let trace: Trace

    init(_ name: String, _ trace: Trace) {
        self.name = name
        self.trace = trace
    }

    func isEnabled(_ level: LogLevel) -> Bool { level > .debug }

    /// Not part of the digest: whether somebody reads must change nothing.
    func log(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        trace.tell(name, "logs", "\(level) \(message) \(fields.map { "\($0.name)=\($0.value)" })")
    }
}
