package import Domain
package import Memory
package import Ports
package import Services
package import TestSupport

/// A node over the reference implementations, with clocks that a test holds.
package struct TestNode {
    package let time: ManualTime
    package let metadata: MemoryMetadataStore
    package let contents: MemoryContentStore
    package let node: Node

    /// The owner of the root directory.
    package static let owner = Principal(name: "ada", user: UserID(1000), group: GroupID(1000))
    /// Somebody else, in no common group.
    package static let other = Principal(name: "bob", user: UserID(1001), group: GroupID(1001))
    package static let superuser = Principal(name: "root", user: UserID(0), group: GroupID(0))

    /// `decorate` may put something between the node and its metadata, such as a cache or a fault.
    package init(
        seed: UInt64 = 1, settings: NodeSettings = NodeSettings(), contentBytesMax: Int = 64 << 20,
        treeDirectoriesMax: Int = Limits.treeDirectoriesMax,
        decorate: (MemoryMetadataStore) -> any MetadataStore = { $0 }
    ) {
        time = ManualTime()
        let entropy = SeededEntropy(seed: seed)
        metadata = MemoryMetadataStore(
            time: time, entropy: entropy, owner: Self.owner.user, group: Self.owner.group,
            treeDirectoriesMax: treeDirectoriesMax)
        let store = StoreID(entropy.identifier(at: time.wallNow()))
        contents = MemoryContentStore(id: store, capacityBytes: contentBytesMax)
        guard let instance = InstanceID("node-1") else { preconditionFailure("the name is a valid one") }
        node = Node(
            Dependencies(
                instance: instance, metadata: decorate(metadata), ledger: metadata,
                links: metadata,
                contents: ContentStores(
                    defaultStore: store, local: [contents],
                    registered: [
                        RegisteredStore(id: store, backend: "localfs", kind: .memory, instance: instance)
                    ]),
                locks: InProcessLockService(time: time), time: time, entropy: entropy, hash: TestKeyedHash(),
                log: SilentEventLog(), settings: settings))
    }
}

/// All bytes of a stream.
package func collect(_ stream: any ByteStream) async throws(ByteStreamError) -> [UInt8] {
    let buffer = ByteBuffer(capacity: 4096)
    var bytes: [UInt8] = []
    while try await stream.read(into: buffer) > 0 {
        bytes.append(contentsOf: buffer.readable)
        buffer.clear()
    }
    return bytes
}

extension TestNode {
    /// Lets all garbage come of age and be collected.
    package func settle() async throws(Failure) {
        for _ in 0..<2 {
            while try await node.collectGarbage() {}
            time.advance(by: node.dependencies.settings.reclaimGrace + .seconds(1))
        }
        while try await node.collectGarbage() {}
    }
}
