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

    package init(_ world: World) { crowd = Crowd(world) }

    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {
        options.nodes = 1
        options.cachesResolutions = true
        options.held.looks = swarm.draw("remembered-held-looks", [100, 300])
        options.held.commits = swarm.draw("remembered-held-commits", [0, 200])
        options.vanishingMetadataPerMille = swarm.draw("remembered-vanishes", [0, 3, 10])
        options.vanishingMetadataLongest = .milliseconds(swarm.draw("remembered-away-ms", [5, 100]))
    }

    package func setUp() async { await crowd.prepare(.makeDirectory(directories[0]), as: .superuser) }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client), as: .superuser) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...11) {
        case 0...1: return .write(file, crowd.body(client, sizes: [16, 400]))
        case 2: return .remove(file)
        case 3:
            let isThere = client.random.happens(Ratio(1, of: 2))
            return .move(directories[isThere ? 0 : 1], to: directories[isThere ? 1 : 0])
        case 4...5: return .stat(file)
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: paths("/k"))
        return []
    }
}
