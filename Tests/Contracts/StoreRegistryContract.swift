import Domain
import Ports
import Testing

/// The contract of `StoreRegistry`.
package enum StoreRegistryContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static let cases: [Case] = [
        Case("A deployment has one id") { it async throws in
            let id = try await it.store.deployment()
            #expect(try await it.store.deployment() == id)
        },
        Case("A store is registered once and confirmed afterwards") { it async throws in
            let store = local(it, "one")
            #expect(try await it.store.stores() == [])
            #expect(try await it.store.register(store) == .added)
            #expect(try await it.store.register(store) == .confirmed)
            #expect(try await it.store.stores() == [store])
        },
        Case("An instance's backend is bound to one store") { it async throws in
            let store = local(it, "one")
            _ = try await it.store.register(store)
            #expect(try await it.store.register(local(it, "one")) == .conflict(with: store))
            #expect(try await it.store.register(local(it, "two")) == .added)
            #expect(try await it.store.stores().count == 2)
        },
        Case("A store is bound to one instance, backend and kind") { it async throws in
            let store = local(it, "one")
            _ = try await it.store.register(store)
            let others = [
                RegisteredStore(
                    id: store.id, backend: "localfs", kind: .localfs, instance: InstanceID("two")),
                RegisteredStore(id: store.id, backend: "other", kind: .localfs, instance: store.instance),
                RegisteredStore(id: store.id, backend: "localfs", kind: .s3, instance: store.instance),
                RegisteredStore(id: store.id, backend: "localfs", kind: .localfs, instance: nil),
            ]
            for other in others { #expect(try await it.store.register(other) == .conflict(with: store)) }
            #expect(try await it.store.stores() == [store])
        },
        Case("A shared store has no instance") { it async throws in
            let shared = RegisteredStore(
                id: StoreID(it.identifier()), backend: "archive", kind: .s3, instance: nil)
            #expect(try await it.store.register(shared) == .added)
            #expect(try await it.store.register(shared) == .confirmed)
            let other = RegisteredStore(
                id: StoreID(it.identifier()), backend: "archive", kind: .s3, instance: nil)
            #expect(try await it.store.register(other) == .conflict(with: shared))
        },
        Case("Of many who register one binding exactly one does") { it async throws in
            let stores = (0..<10).map { _ in local(it, "one") }
            let added = try await withThrowingTaskGroup(of: Registration.self) { group in
                for store in stores { group.addTask { try await it.store.register(store) } }
                return try await group.reduce(0) { $0 + ($1 == .added ? 1 : 0) }
            }
            #expect(added == 1)
        },
    ]

    private static func local(_ it: MetadataSubject, _ instance: String) -> RegisteredStore {
        RegisteredStore(
            id: StoreID(it.identifier()), backend: "localfs", kind: .localfs, instance: InstanceID(instance))
    }
}
