import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Some fill, empty and rename within one directory while others list it, whole or page by page: each page
/// is one instant.
package final class ListedDirectory: Workload, @unchecked Sendable {
    package static let name = "listed-directory"

    private let crowd: Crowd
    private let directory = path("/l")
    private let files = (0..<10).map { path("/l/f\($0)") }

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        await crowd.prepare(.makeDirectory(directory))
        for file in files.prefix(6) {
            await crowd.prepare(.write(file, crowd.body(crowd.world.clients[0])))
        }
    }

    package func work() async {
        await crowd.work { [self] client in
            if client.number % 2 == 0 {
                await client.perform(change(client), as: .superuser)
            } else {
                await list(client)
            }
        }
    }

    private func change(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...4) {
        case 0...1: return .write(file, crowd.body(client, sizes: [16, 32]))
        case 2: return .remove(file)
        default: return .move(file, to: client.random.element(of: files), MoveOptions(overwrite: true))
        }
    }

    private func list(_ client: SimulatedClient) async {
        guard client.random.happens(Ratio(1, of: 2)) else {
            await client.perform(.list(directory), as: .superuser)
            return
        }
        var after: FileName?
        for _ in 0..<files.count {
            guard
                case .ok(.page(let entries, true)) = await client.perform(
                    .list(directory, after: after, limit: 3), as: .superuser)
            else { return }
            after = entries.last?.name
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: [directory])
        return []
    }
}
