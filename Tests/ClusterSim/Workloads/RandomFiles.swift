import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Some clients write, read, stat and remove a few files, each through any node.
package final class RandomFiles: Workload, @unchecked Sendable {
    package static let name = "random-files"

    private let world: World
    private let paths: [FilePath]
    private var lastNumber: UInt32 = 0

    package init(_ world: World) {
        self.world = world
        paths = ["a", "b", "c", "d/e", "d/f"].map { text in
            FilePath(names: text.split(separator: "/").compactMap { try? FileName(String($0)) })
        }
    }

    package func work() async {
        let share = world.options.operations / world.clients.count + 1
        await withTaskGroup(of: Void.self) { group in
            for client in world.clients {
                group.addTask { [self] in
                    for _ in 0..<share {
                        await client.perform(choose(client))
                        await client.rest(.zero, .milliseconds(150))
                    }
                }
            }
        }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let path = client.random.element(of: paths)
        switch client.random.number(in: 0...9) {
        case 0...3: return .write(path, body(client))
        case 4: return .remove(path)
        case 5: return .stat(path)
        default: return .read(path)
        }
    }

    private func body(_ client: SimulatedClient) -> BodyValue {
        lastNumber += 1
        let size = client.random.element(of: [16, 40, 200, 1_000, 9_000])
        return BodyValue(number: lastNumber, size: size)
    }

    /// What is there in the end is what the history says, through every node.
    package func check() async -> [String] {
        for node in world.nodes {
            for path in paths { await world.clients[0].perform(.read(path), at: node) }
        }
        return []
    }
}
