import Domain
import LocalFS
import Memory
import PortContracts
import Ports
import Synchronization
import TestSupport

/// What the clients of a store were told, and what must therefore be on its disk after any crash.
final class StoreHistory: Sendable {
    enum Claim: Sendable, Equatable {
        /// The write was acknowledged: the object is there, whole.
        case stored
        /// The write was not acknowledged, or a deletion was asked for: whole or not there.
        case uncertain
    }

    private struct State {
        var claims: [LocationID: Claim] = [:]
        var contents: [LocationID: [UInt8]] = [:]
        var opened = false
    }

    private let state = Mutex(State())

    static let deployment = DeploymentID(location(900).value)
    static let store = StoreID(location(901).value)

    var isOpened: Bool { state.withLock { $0.opened } }

    func didOpen() { state.withLock { $0.opened = true } }

    func willWrite(_ id: LocationID, _ bytes: [UInt8]) {
        state.withLock { state in
            state.contents[id] = bytes
            state.claims[id] = .uncertain
        }
    }

    func didWrite(_ id: LocationID) { state.withLock { $0.claims[id] = .stored } }
    func willDelete(_ id: LocationID) { state.withLock { $0.claims[id] = .uncertain } }

    /// Starts a store on what a crash has left and compares it with the claims. Returns what is wrong, a
    /// sentence each.
    func violations(on disk: any Disk) async -> [String] {
        do {
            let store = try await LocalContentStore.open(
                disk: disk, deployment: Self.deployment, freshID: StoreID(location(902).value))
            var found: [String] = []
            if state.withLock({ $0.opened }), store.id != Self.store { found.append("another identity") }
            found += try await self.violations(in: store)
            if try await !disk.names(in: ".callfs/tmp").isEmpty { found.append("temporary files are left") }
            try await store.put(location(999), [9])
            if try await store.get(location(999), size: 1) != [9] { found.append("it cannot be used") }
            await store.close()
            return found
        } catch {
            return ["it fails: \(error)"]
        }
    }

    private func violations(in store: LocalContentStore) async throws -> [String] {
        let (claims, contents) = state.withLock { ($0.claims, $0.contents) }
        var found: [String] = []
        let listed = try await store.list(after: nil, limit: 10_000)
        for object in listed where claims[object.id] == nil { found.append("unknown object \(object.id)") }
        for (id, claim) in claims.sorted(by: { $0.key < $1.key }) {
            let bytes = contents[id] ?? []
            guard let size = try await store.size(of: id) else {
                if claim == .stored { found.append("acknowledged object \(id) is lost") }
                continue
            }
            if try await store.get(id, size: size) != bytes { found.append("\(claim) object \(id) is torn") }
        }
        return found
    }
}
