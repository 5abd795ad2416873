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
        options.held.commits = swarm.draw("remembered-held-commits", [200, 400])
        options.heldLongest = .milliseconds(swarm.draw("remembered-held-ms", [500, 2_000]))
        // Else a commit that is in doubt would be done together with another one.
        options.held.isByTime = true
        options.vanishingMetadataPerMille = swarm.draw("remembered-vanishes", [5, 15])
        options.vanishingMetadataLongest = .milliseconds(100)
    }

    package func setUp() async { await crowd.prepare(.makeDirectory(directories[0]), as: .superuser) }

    package func work() async {
        await crowd.work { [self] client in
            await client.perform(choose(client), as: .superuser)
            // Two looks, which are remembered apart: where one is older than the other, it shows.
            let file = client.random.element(of: files)
            await client.perform(.stat(file), as: .superuser)
            await client.perform(.read(file), as: .superuser)
        }
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
