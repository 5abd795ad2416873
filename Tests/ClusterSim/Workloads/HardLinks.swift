import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Files get further names and lose them, are written under one and read under another: a file is there as
/// long as a name of it is, and the count of its names is right.
package final class HardLinks: Workload, @unchecked Sendable {
    package static let name = "hard-links"

    private let crowd: Crowd
    private let names = paths("/h/a", "/h/b", "/h/c", "/h/d")

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async { await crowd.prepare(.makeDirectory(path("/h"))) }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client), as: .superuser) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let name = client.random.element(of: names)
        let other = client.random.element(of: names)
        switch client.random.number(in: 0...9) {
        case 0...1: return .link(name, to: other)
        case 2...3: return .write(name, crowd.body(client, sizes: [16, 400]))
        case 4: return .remove(name)
        case 5: return .move(name, to: other, MoveOptions(overwrite: true))
        case 6...7: return .stat(name)
        default: return .read(name)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(names, directories: paths("/h"))
        return []
    }
}
