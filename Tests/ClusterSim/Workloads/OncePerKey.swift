import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Clients that do not know whether a request was carried out send it again under the same idempotency key,
/// to any node, until they are answered: each happens once.
package final class OncePerKey: Workload, @unchecked Sendable {
    package static let name = "once-per-key"

    private let crowd: Crowd
    private let files = paths("/o/a", "/o/b", "/o/c")
    private var lastKey = 0

    package init(_ world: World) { crowd = Crowd(world) }

    package func work() async {
        await crowd.work { [self] client in
            if client.random.happens(Ratio(1, of: 3)) {
                await client.perform(.read(client.random.element(of: files)))
            } else {
                lastKey += 1
                await client.insist(choose(client), under: "key-\(lastKey)")
            }
        }
    }

    private func choose(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        let other = client.random.element(of: files)
        switch client.random.number(in: 0...7) {
        case 0...2: return .write(file, crowd.body(client), WriteOptions(exclusive: true))
        case 3: return .write(file, crowd.body(client))
        case 4...5: return .remove(file)
        case 6: return .move(file, to: other)
        default: return .copy(file, to: other)
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files)
        return []
    }
}
