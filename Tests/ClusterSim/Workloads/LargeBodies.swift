import Domain
import SimCheckers
package import SimCore
package import SimWorld

/// Bodies of many pieces are written and read, whole and in parts, over connections that break anywhere: a
/// reader has one body whole or knows that it has not (P2).
package final class LargeBodies: Workload, @unchecked Sendable {
    package static let name = "large-bodies"

    private let crowd: Crowd
    private let files = paths("/b/a", "/b/b")
    private static let sizes = [4_096, 4_097, 20_000, 65_536, 150_000]

    package static func adapt(_ options: inout WorldOptions, _ swarm: Swarm) {
        options.cutPerMille = swarm.draw("large-cut", [0, 50, 150])
    }

    package init(_ world: World) { crowd = Crowd(world) }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client)) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...9) {
        case 0...3: return .write(file, crowd.body(client, sizes: Self.sizes))
        case 4...6:
            let start = client.random.number(in: 0...30_000)
            return .read(file, ReadOptions(range: start..<start + client.random.number(in: 1...9_000)))
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files)
        return []
    }
}
