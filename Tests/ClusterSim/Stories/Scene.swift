import Domain
import Ports
import SimCheckers
import SimCore
import SimWorld

/// What stories are told with: short words for the usual.
struct Scene: Sendable {
    let world: World
    private let numbers = Numbers()

    init(_ world: World) { self.world = world }

    /// Confined to the thread of the story.
    private final class Numbers: @unchecked Sendable {
        var last: UInt32 = 0
    }

    var ada: SimulatedClient { world.clients[0] }
    var bob: SimulatedClient { world.clients[1] }
    func node(_ number: Int) -> SimulatedNode { world.nodes[number - 1] }

    /// A body that nobody has written before.
    func body(_ size: Int = 10_000) -> BodyValue {
        numbers.last += 1
        return BodyValue(number: numbers.last, size: size)
    }

    func path(_ text: String) -> FilePath {
        FilePath(names: text.split(separator: "/").compactMap { try? FileName(String($0)) })
    }

    /// From now on so many commits of a thousand are held until up to five others have gone first, or until
    /// their time is over; with `byTime`, until then in any case. So what a plan rests on may be old.
    func holdCommits(
        _ perMille: Int = 500, atMost longest: Duration = .milliseconds(20), byTime: Bool = false
    ) {
        world.turns.share.commits = perMille
        world.turns.share.isByTime = byTime
        world.turns.longest = longest
    }

    /// Both at the same time.
    func meanwhile(
        _ first: @escaping @Sendable () async -> Void, _ second: @escaping @Sendable () async -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await first() }
            group.addTask { await second() }
        }
    }

    /// The body that a read shows; nil when it shows none.
    func read(
        _ path: String, by client: SimulatedClient? = nil, at node: SimulatedNode
    ) async
        -> BodyValue?
    {
        guard
            case .ok(.content(.whole(let value), _)) = await (client ?? ada).perform(
                .read(self.path(path)), at: node)
        else { return nil }
        return value
    }

    /// The status of an answer to a request that is not part of the history; nil without an answer.
    func status(of request: SentRequest, at node: SimulatedNode) async -> Int? {
        await world.status(of: request, from: ada, at: node)
    }

    /// Nothing passes between a machine and all the others while `during` runs.
    func isolating(_ host: Host, _ during: () async -> Void) async {
        let others = world.network.hosts.filter { $0 != host }
        let walls = [
            world.network.raiseWall(from: [host], to: others),
            world.network.raiseWall(from: others, to: [host]),
        ]
        await during()
        for wall in walls { world.network.takeDown(wall) }
    }
}

extension Outcome {
    var isOK: Bool { if case .ok = self { true } else { false } }
}
