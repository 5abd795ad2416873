import Domain
import Memory
import PortContracts
import Ports
import SimCore
import SimWorld
import TestSupport
import Testing

/// A double that does not keep the contract of its port would prove nothing: each keeps it in fair weather,
/// over the simulated network.
@Suite("Doubles keep the contracts of their ports")
struct DoubleContractTests {
    private static let seeds: [UInt64] = [1, 2]
    /// The clocks of contracts are held by their cases; the patience of a link is in virtual time.
    private static let patience: Duration = .seconds(1_000_000)

    private func withMetadata(
        _ check: @escaping @Sendable (MetadataSubject) async throws -> Void
    ) throws {
        for seed in Self.seeds {
            try Inside.run(seed: seed) { inside in
                let time = ManualTime()
                let entropy = SeededEntropy()
                let service = Service("metadata", inside.network, Streams(seed: seed).stream("service"))
                let store = MemoryMetadataStore(
                    time: time, entropy: entropy, owner: MetadataSubject.owner, group: MetadataSubject.group,
                    treeDirectoriesMax: MetadataSubject.treeDirectoriesMax)
                let link = service.link(from: inside.network.addHost("node"))
                let double = SimulatedMetadata(store, over: link, patience: Self.patience)
                try await check(MetadataSubject(store: double, time: time, entropy: entropy))
            }
        }
    }

    @Test(
        "Metadata over the network keep the contract of MetadataStore", arguments: MetadataStoreContract.cases
    )
    func metadataStore(_ contract: MetadataStoreContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test(
        "Metadata over the network keep the contract of ContentLedger", arguments: ContentLedgerContract.cases
    )
    func contentLedger(_ contract: ContentLedgerContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test("Metadata over the network keep the contract of LinkStore", arguments: LinkStoreContract.cases)
    func linkStore(_ contract: LinkStoreContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test(
        "Metadata over the network keep the contract of StoreRegistry", arguments: StoreRegistryContract.cases
    )
    func storeRegistry(_ contract: StoreRegistryContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test(
        "Metadata over the network keep the contract of AnswerLedger", arguments: AnswerLedgerContract.cases)
    func answerLedger(_ contract: AnswerLedgerContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test(
        "Metadata over the network keep the contract of MemberRegistry",
        arguments: MemberRegistryContract.cases)
    func memberRegistry(_ contract: MemberRegistryContract.Case) throws {
        try withMetadata { try await contract.check($0) }
    }

    @Test("The clocks of a machine keep the contract of TimeSource", arguments: TimeSourceContract.cases)
    func clocks(_ contract: TimeSourceContract.Case) throws {
        for drift in [-200, 0, 200] {
            try Inside.run(seed: 1) { inside in
                let clock = VirtualClock(inside.scheduler, drift: drift, monotonicStart: .seconds(1))
                try await contract.check(clock)
            }
        }
    }

    @Test(
        "The entropy of a machine keeps the contract of EntropySource", arguments: EntropySourceContract.cases
    )
    func entropy(_ contract: EntropySourceContract.Case) async throws {
        try await contract.check(StreamEntropy(Streams(seed: 1).stream("entropy")))
    }

    @Test("The quick hash keeps the contract of KeyedHash", arguments: KeyedHashContract.cases)
    func hash(_ contract: KeyedHashContract.Case) async throws { try await contract.check(QuickHash()) }

    @Test("Locks over the network keep the contract of LockService", arguments: LockServiceContract.cases)
    func locks(_ contract: LockServiceContract.Case) throws {
        for seed in Self.seeds {
            try Inside.run(seed: seed) { inside in
                let time = ManualTime()
                let service = Service("locks", inside.network, Streams(seed: seed).stream("service"))
                let keeper = LeaseKeeper(time: time, waitersMax: LockSubject.waitersMax)
                let double = SimulatedLocks(
                    keeper, over: service.link(from: inside.network.addHost("node"), inOrder: true),
                    time: time,
                    patience: Self.patience, driftPerMille: 0)
                try await contract.check(LockSubject(locks: double, time: time))
            }
        }
    }

    @Test(
        "Requests over the network keep the contract of HTTPTransport", arguments: HTTPTransportContract.cases
    )
    func transport(_ contract: HTTPTransportContract.Case) throws {
        let origin = try #require(HTTPOrigin(parsing: "https://node-1:8443"))
        let nowhere = try #require(HTTPOrigin(parsing: "https://node-2:8443"))
        for seed in Self.seeds {
            try Inside.run(seed: seed) { inside in
                let listener = Listener(
                    inside.network.addHost("server"), inside.network, inside.scheduler.makeExecutor("server"))
                let transport = SimulatedTransport(
                    from: inside.network.addHost("client"), inside.network,
                    mishaps: { SimulatedTransport.Mishaps() }
                ) { $0 == origin ? listener : nil }
                try await contract.check(
                    TransportSubject(transport: transport, origin: origin, nowhere: nowhere) {
                        listener.handler = $0
                    })
            }
        }
    }
}
