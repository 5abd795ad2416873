import Domain
import SimCheckers
package import SimCore
package import SimWorld

/// Everybody writes files that nobody ever changes or removes: whatever was acknowledged has to be there
/// in the end, whole, however often power was cut in between (P3).
package final class LastingFiles: Workload, @unchecked Sendable {
    package static let name = "lasting-files"

    private let crowd: Crowd
    private var made: [FilePath] = []

    package init(_ world: World) { crowd = Crowd(world) }

    /// All bytes are on disks, many in one directory at once, and the power goes when that hurts.
    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {
        options.inlineBytesMax = 0
        options.hasBucket = false
        options.hasOneShard = true
        options.nodes = min(options.nodes, 2)
        options.clients = max(options.clients, 6)
        options.disk.slowestSync = .milliseconds(swarm.draw("lasting-sync-ms", [20, 200]))
        options.disk.failingSyncsPerMille = swarm.draw("lasting-sync-failures", [0, 0, 50])
        options.crashesOnSuccessPerMille = swarm.draw("lasting-crashes", [20, 60, 150])
        options.vanishingMetadataPerMille = swarm.draw("lasting-vanishes", [0, 2, 5, 10])
        options.weather.lossPerMille = swarm.draw("lasting-loss", [0, 5, 20])
        // Longer than a node takes to decide what it does not know.
        options.clientPatience = .seconds(20)
    }

    package func work() async { await crowd.work { [self] client in await turn(client) } }

    private func turn(_ client: SimulatedClient) async {
        guard client.random.happens(Ratio(1, of: 4)), !made.isEmpty else {
            // Each is a tree of its own, so that the history of one says nothing about another.
            let file = path("/lasting-\(made.count)")
            made.append(file)
            await client.perform(.write(file, crowd.body(client, sizes: [16, 300, 5_000])))
            return
        }
        await client.perform(.read(client.random.element(of: made.suffix(20))))
    }

    package func check() async -> [String] {
        for file in made { _ = await crowd.read(file) }
        return []
    }
}
