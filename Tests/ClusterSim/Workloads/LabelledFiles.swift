import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Everybody sets and takes away metadata of a file and a directory, one name at a time: what is merged must
/// not undo what others have merged, and a new content keeps it all.
package final class LabelledFiles: Workload, @unchecked Sendable {
    package static let name = "labelled-files"

    private let crowd: Crowd
    private let file = path("/m/a")
    private let places = paths("/m/a", "/m")
    private let names = ["stage", "owner", "part"]
    private var lastValue = 0

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        await crowd.prepare(.write(file, crowd.body(crowd.world.clients[0])), as: .ada)
    }

    package func work() async {
        await crowd.work { [self] client in await client.perform(choose(client), as: .ada) }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let place = client.random.element(of: places)
        switch client.random.number(in: 0...9) {
        case 0...4:
            lastValue += 1
            let value = client.random.happens(Ratio(1, of: 6)) ? "" : "v\(lastValue)"
            let label = client.random.element(of: names)
            return .setAttributes(place, NewAttributes(labels: [label: value]))
        case 5:
            let mode = FileMode(rawValue: client.random.element(of: [0o600, 0o640, 0o644]))
            return .setAttributes(file, NewAttributes(mode: mode))
        case 6: return .write(file, crowd.body(client, sizes: [16, 400]))
        case 7...8: return .stat(place)
        default: return .read(file)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack([file], directories: paths("/m"))
        return []
    }
}
