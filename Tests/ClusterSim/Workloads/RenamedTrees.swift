import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Directories are moved, also into each other, removed as trees and as empty ones, and made anew, while
/// others write and look below them.
package final class RenamedTrees: Workload, @unchecked Sendable {
    package static let name = "renamed-trees"

    private let crowd: Crowd
    private let directories = paths("/t/a", "/t/b", "/t/a/c", "/t/b/c", "/t/a/b", "/t/b/a")
    private let files = paths("/t/a/x", "/t/b/x", "/t/a/c/x", "/t/b/c/x")

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async { await crowd.prepare(.makeDirectory(path("/t")), as: .superuser) }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client), as: .superuser) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let directory = client.random.element(of: directories)
        let other = client.random.element(of: directories)
        let file = client.random.element(of: files)
        let flag = client.random.happens(Ratio(1, of: 2))
        switch client.random.number(in: 0...13) {
        case 0...2: return .move(directory, to: other, MoveOptions(overwrite: flag))
        case 3: return .move(file, to: client.random.element(of: files), MoveOptions(overwrite: flag))
        case 4: return .removeTree(directory)
        case 5: return .remove(directory)
        case 6...7: return .makeDirectory(directory, tolerant: flag)
        case 8...9: return .write(file, crowd.body(client, sizes: [16, 400]))
        case 10: return .read(file)
        case 11: return .list(directory)
        case 12: return .stat(other)
        default: return .list(path("/t"))
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: paths("/t") + directories)
        return []
    }
}
