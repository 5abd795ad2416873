import Domain
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("Contents in memory")
struct MemoryContentStoreTests {
    @Test("The contract of content stores holds", arguments: ContentStoreContract.Check.allCases)
    func contract(check: ContentStoreContract.Check) async throws {
        let contract = ContentStoreContract(isBounded: true) {
            MemoryContentStore(
                id: StoreID(location(1).value), capacityBytes: ContentStoreContract.capacityBytes)
        }
        try await contract.run(check)
    }

    @Test("What was tampered with has another size and is refused")
    func tampering() async throws {
        let store = MemoryContentStore(id: StoreID(location(1).value), capacityBytes: 100)
        try await store.put(location(2), [1, 2, 3])
        #expect(store.tamper(with: location(2)) { $0.removeLast() })
        #expect(!store.tamper(with: location(3)) { $0.removeLast() })
        await #expect(throws: (any Error).self) {
            try await store.read(location(2), size: 3, range: 0..<3)
        }
        #expect(await store.probe().freeBytes == 98)
    }
}
