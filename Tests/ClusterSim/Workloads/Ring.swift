import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Five tokens lie in eight places, and everybody moves tokens to places that are free. Whatever happens,
/// there are five in the end, and each is the one that it was: nothing is lost, and nothing doubled.
package final class Ring: Workload, @unchecked Sendable {
    package static let name = "ring"

    private let crowd: Crowd
    private let places = (0..<8).map { path("/ring/\($0)/token") }
    private static let tokens = 5

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        for place in places {
            await crowd.prepare(.makeDirectory(place.parent ?? .root), as: .ada)
        }
        for place in places.prefix(Self.tokens) {
            await crowd.prepare(.write(place, crowd.body(crowd.world.clients[0])), as: .ada)
        }
    }

    package func work() async {
        await crowd.work { [self] client in
            let place = client.random.element(of: places)
            if client.random.happens(Ratio(1, of: 5)) {
                await client.perform(.stat(place))
            } else {
                await client.perform(.move(place, to: client.random.element(of: places)))
            }
        }
    }

    package func check() async -> [String] {
        var found: Set<UInt32> = []
        var count = 0
        for place in places {
            if case .ok(.content(.whole(let body), _)) = await crowd.read(place) {
                count += 1
                found.insert(body.number)
            }
        }
        guard count == Self.tokens, found.count == Self.tokens else {
            return ["\(count) tokens of \(found.count) kinds lie in the ring, not \(Self.tokens) of as many"]
        }
        return []
    }
}
