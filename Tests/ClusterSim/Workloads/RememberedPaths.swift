import Domain
import SimCheckers
package import SimCore
package import SimWorld

/// One node that remembers what it has resolved, and clients that mostly look, at files that are written,
/// replaced and moved with the directory that they are in: what is remembered must never be old.
package final class RememberedPaths: Workload, @unchecked Sendable {
    package static let name = "remembered-paths"

    private let crowd: Crowd
    private let directories = paths("/k/d", "/k/e")
    private let files = paths("/k/a", "/k/d/b", "/k/e/b")

    /// The only one who changes anything has come to the end.
    private var isWritten = false

    package init(_ world: World) { crowd = Crowd(world) }

    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {
        options.nodes = 1
        options.cachesResolutions = true
        options.held.looks = swarm.draw("remembered-held-looks", [100, 300])
        options.held.commits = swarm.draw("remembered-held-commits", [200, 400])
        options.heldLongest = .milliseconds(swarm.draw("remembered-held-ms", [500, 2_000]))
        // Else a commit that is in doubt would be done together with another one.
        options.held.isByTime = true
        options.vanishingMetadataPerMille = swarm.draw("remembered-vanishes", [5, 15])
        options.vanishingMetadataLongest = .milliseconds(100)
        options.hasSoleWriter = swarm.draw("remembered-sole-writer", [0, 1]) == 1
        guard options.hasSoleWriter else { return }
        // Every commit clears the memory, so one that is in doubt shows only where no other comes soon.
        options.spareTheConnections()
        options.held.commits = 800
        options.heldLongest = .seconds(2)
        options.vanishingMetadataPerMille = swarm.draw("sole-writer-vanishes", [20, 40])
        options.vanishingMetadataLongest = .milliseconds(400)
    }

    package func setUp() async { await crowd.prepare(.makeDirectory(directories[0]), as: .superuser) }

    package func work() async {
        if crowd.world.options.hasSoleWriter { return await workOfOne() }
        await crowd.work { [self] client in await turn(client) }
    }

    private func turn(_ client: SimulatedClient) async {
        await client.perform(choose(client), as: .superuser)
        // Two looks, which are remembered apart: where one is older than the other, it shows.
        let file = client.random.element(of: files)
        await client.perform(.stat(file), as: .superuser)
        await client.perform(.read(file), as: .superuser)
    }

    /// One changes something now and then, three look all the time.
    private func workOfOne() async {
        let clients = crowd.world.clients
        await withTaskGroup(of: Void.self) { group in
            for client in clients.dropFirst().prefix(3) {
                group.addTask { [self] in
                    while !isWritten { await look(client) }
                }
            }
            for _ in 0..<Self.changes {
                await turn(clients[0])
                await clients[0].rest(.seconds(1), .seconds(3))
            }
            isWritten = true
        }
    }

    /// So many that the others look often enough for a run.
    private static let changes = 15

    /// A listing is never remembered: what was read before and after it must not be older.
    private func look(_ client: SimulatedClient) async {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...3) {
        case 0: await client.perform(.stat(file), as: .superuser)
        case 1: await client.perform(.list(path("/k")), as: .superuser)
        default: await client.perform(.read(file), as: .superuser)
        }
        await client.rest(.zero, .milliseconds(500))
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...5) {
        case 0...1: return .write(file, crowd.body(client, sizes: [16, 400]))
        case 2: return .remove(file)
        case 3:
            let isThere = client.random.happens(Ratio(1, of: 2))
            return .move(directories[isThere ? 0 : 1], to: directories[isThere ? 1 : 0])
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: paths("/k"))
        return []
    }
}
