import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Files and directories are copied, and originals and copies written and removed: bytes that two share must
/// not go with the first, and a tree is copied as it is at one instant.
package final class SharedContents: Workload, @unchecked Sendable {
    package static let name = "shared-contents"

    private let crowd: Crowd
    private let directories = paths("/s/d", "/s/e", "/s/d/x", "/s/e/x")
    private let files = paths("/s/a", "/s/b", "/s/c", "/s/d/a", "/s/d/b", "/s/e/a", "/s/e/b")

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        await crowd.prepare(.makeDirectory(path("/s")))
        await crowd.prepare(.makeDirectory(path("/s/d")))
        await crowd.prepare(.makeDirectory(path("/s/d/x")))
    }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client), as: .superuser) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        let other = client.random.element(of: files)
        switch client.random.number(in: 0...13) {
        case 0...2: return .copy(file, to: other, overwrite: client.random.happens(Ratio(2, of: 3)))
        case 3: return .copy(path("/s/d"), to: path("/s/e"))
        case 4: return .removeTree(path("/s/e"))
        case 5...6: return .write(file, crowd.body(client))
        case 7: return .remove(file)
        case 12...13:
            // In one of the two at every instant, in a copy too.
            let names = client.random.shuffled(["/s/d/a", "/s/d/x/a"])
            return .move(path(names[0]), to: path(names[1]), MoveOptions(overwrite: true))
        case 8: return .list(client.random.element(of: directories))
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: directories)
        return []
    }
}
