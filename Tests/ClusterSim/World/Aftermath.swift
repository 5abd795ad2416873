import Domain
import Memory
import Ports
import Services
package import SimCheckers
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
        do {
            var inventory = try await inventory()
            let flipped = world.rot.takeOut(of: &inventory)
            return NothingLeaks.check(inventory).map(\.description) + flipped.wrong
                + (await examine(expecting: flipped.count))
        } catch {
            return ["the final check fails: \(error)"]
        }
    }

    /// Where bytes have flipped on disks, `callfs fsck` finds each, and nothing else.
    private func examine(expecting count: Int) async -> [String] {
        guard count > 0 else { return [] }
        var reports: [String] = []
        for node in world.nodes { _ = try? await node.node?.checkStores { reports.append($0) } }
        let found = reports.count { $0.contains("digest is wrong") }
        return found == count && reports.count == count
            ? [] : ["\(count) contents on disks have flipped bytes, and fsck says \(reports)"]
    }

    /// What is there now, taken from the metadata themselves and from the stores as their nodes read them.
    package func inventory() async throws -> Inventory {
        let counts = try await world.store.counts()
        var inventory = Inventory(
            stores: [],
            garbage: [
                "candidates": counts.candidates, "condemned contents": counts.condemned,
                "detached trees": counts.detachedTrees,
            ],
            contradictions: try await world.store.check(limit: 20))
        for node in world.nodes {
            guard let contents = node.node?.contents.store(node.store.id) else {
                inventory.contradictions.append("\(node.host.name) serves no store")
                continue
            }
            inventory.stores.append(try await content(of: contents, named: node.host.name))
        }
        if let objects = world.objects, let bucket = world.nodes[0].node?.contents.store(objects.store.id) {
            inventory.stores.append(try await content(of: bucket, named: "the bucket"))
        }
        return inventory
    }

    private func content(of contents: any ContentStore, named name: String) async throws -> Inventory.Store {
        var store = Inventory.Store(name: name, known: [:], kept: [:])
        for row in try await world.store.locations(in: contents.id, after: nil, limit: 100_000) {
            store.known[row.id] = Inventory.Bytes(size: row.size, digest: row.sha256)
        }
        for object in try await contents.list(after: nil, limit: 100_000) {
            store.kept.updateValue(await bytes(of: object, in: contents), forKey: object.id)
        }
        return store
    }

    private func bytes(of object: StoredObject, in store: any ContentStore) async -> Inventory.Bytes? {
        let digest = world.hash.startDigest(.sha256)
        let buffer = ByteBuffer(capacity: 65_536)
        do {
            let stream = try await store.read(object.id, size: object.size, range: 0..<object.size)
            while try await stream.read(into: buffer) > 0 {
                digest.update(buffer.readable)
                buffer.clear()
            }
        } catch {
            return nil
        }
        return Inventory.Bytes(size: object.size, digest: digest.finish())
    }
}
