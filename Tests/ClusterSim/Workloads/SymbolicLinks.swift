import Domain
import SimCheckers
package import SimCore
package import SimWorld

/// Links are made, pointed elsewhere and removed while others read and write through them: a request goes
/// where the links lead at one instant.
package final class SymbolicLinks: Workload, @unchecked Sendable {
    package static let name = "symbolic-links"

    private let crowd: Crowd
    private let links = paths("/y/s", "/y/d")
    private let files = paths("/y/a", "/y/b", "/y/e/a", "/y/f/a")

    /// Through links everything may be anywhere, so doubts are dear: most runs have none.
    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {
        guard swarm.draw("links-spared", [0, 1, 1]) == 1 else { return }
        options.spareTheConnections()
        options.held.commits = max(options.held.commits, 300)
    }

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        for file in files { await crowd.prepare(.write(file, crowd.body(crowd.world.clients[0]))) }
    }

    package func work() async {
        await crowd.work { [self] client in
            if client.random.happens(Ratio(1, of: 6)) { return await repoint(client) }
            await client.perform(choose(client), as: .superuser)
        }
    }

    /// Points the link elsewhere, and looks at what it pointed to: nobody writes there through it any more.
    private func repoint(_ client: SimulatedClient) async {
        let targets = client.random.shuffled(["a", "b"])
        await client.perform(.remove(links[0]), as: .superuser)
        await client.perform(.makeSymlink(links[0], target: targets[0]), as: .superuser)
        await client.perform(.read(path("/y/\(targets[1])")), as: .superuser)
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...9) {
        case 0: return .makeSymlink(links[0], target: client.random.element(of: ["a", "b", "e/a", "/y/f/a"]))
        case 1: return .makeSymlink(links[1], target: client.random.element(of: ["e", "f", "/y/e"]))
        case 2: return .remove(client.random.element(of: links))
        case 3...4: return .read(client.random.element(of: paths("/y/s", "/y/d/a")))
        case 5...6:
            return .write(client.random.element(of: paths("/y/s", "/y/s", "/y/d/a")), crowd.body(client))
        case 7: return .stat(client.random.element(of: links), following: false)
        case 8: return .remove(file)
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files + links, directories: paths("/y"))
        return []
    }
}
