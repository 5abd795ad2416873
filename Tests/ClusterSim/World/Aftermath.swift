import Domain
import Memory
import Ports
import Services
import SimCore

/// What must be so when all trouble is over: whatever was acknowledged is still there after every node has
/// lost power at once (P3), and in the end the stores hold what the metadata refers to, whole, and nothing
/// else (P6).
package struct Aftermath {
    private let world: World

    package init(_ world: World) { self.world = world }

    /// Cuts the power of every node and waits until all serve again. False when one does not.
    package func cutAllPower() async -> Bool {
        world.isSettling = true
        for node in world.nodes { node.crash() }
        await world.pass(.milliseconds(10))
        for node in world.nodes { node.start() }
        return await world.wait(atMost: Run.Limits.recovery) {
            world.nodes.allSatisfy { $0.state == .serving }
        }
    }

    /// Lets all garbage come of age and be collected; returns what is wrong then.
    package func settle() async -> [String] {
        let settings = world.nodeSettings
        // Clocks may have jumped by so much that what was made seems to be of the future.
        let age = settings.sweepAge + .seconds(120)
        // Once for what is condemned now, once for what was claimed by a sweep, and the rounds between.
        await world.pass(age + settings.sweepInterval + settings.reclaimGrace * 2 + .seconds(60 * 5))
        do { return try await findings() } catch { return ["the final check fails: \(error)"] }
    }

    private func findings() async throws -> [String] {
        var found = try await world.store.check(limit: 20).map { "rows: " + $0 }
        let counts = try await world.store.counts()
        if counts != LedgerCounts(candidates: 0, condemned: 0, detachedTrees: 0) {
            found.append("P6: garbage is left in the ledger: \(counts)")
        }
        for node in world.nodes {
            guard let contents = node.node?.contents.store(node.store.id) else {
                found.append("liveness: \(node.host.name) serves no store")
                continue
            }
            _ = try await node.node?.checkStores { found.append("P6: \(node.host.name): \($0)") }
            let known = try await world.store.locations(in: node.store.id, after: nil, limit: 100_000)
            let unknown = Set(try await contents.list(after: nil, limit: 100_000).map(\.id))
                .subtracting(known.map(\.id))
            for id in unknown.sorted() {
                found.append("P6: \(node.host.name) keeps the bytes of \(id), which nothing refers to")
            }
        }
        return found
    }
}
