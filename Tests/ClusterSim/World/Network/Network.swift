import Domain
package import SimCore

/// A machine that sends and receives.
package struct Host: Hashable, Sendable {
    package let number: Int
    package let name: String
}

/// What lies between all machines: messages take time, mostly little and sometimes much, may be lost, and do
/// not pass a partition. Two messages may overtake each other; what must stay in order (the pieces of one
/// connection) sees to it itself.
package final class Network: @unchecked Sendable {
    package struct Weather: Sendable {
        package var fastest: Duration
        package var slowest: Duration
        package var lossPerMille: Int

        package init(fastest: Duration, slowest: Duration, lossPerMille: Int) {
            self.fastest = fastest
            self.slowest = slowest
            self.lossPerMille = lossPerMille
        }

        package static let fine = Weather(
            fastest: .microseconds(50), slowest: .microseconds(500), lossPerMille: 0)
    }

    package let scheduler: Scheduler
    package let random: RandomStream
    package var weather: Weather
    /// A request of a node has come a second time.
    var whenRepeated: () -> Void = {}
    package private(set) var hosts: [Host] = []
    /// How many partitions stand between two machines, by direction.
    private var walls: [[Int]] = []

    package init(_ scheduler: Scheduler, _ random: RandomStream, weather: Weather) {
        self.scheduler = scheduler
        self.random = random
        self.weather = weather
    }

    package func addHost(_ name: String) -> Host {
        let host = Host(number: hosts.count, name: name)
        hosts.append(host)
        for index in walls.indices { walls[index].append(0) }
        walls.append(Array(repeating: 0, count: hosts.count))
        return host
    }

    package func delay() -> Duration { random.longTail(weather.fastest, weather.slowest) }

    /// Whether a message sent now gets lost on the way, by chance.
    package func loses() -> Bool { random.happens(perMille: weather.lossPerMille) }

    package func isOpen(_ source: Host, to target: Host) -> Bool { walls[source.number][target.number] == 0 }

    /// Sends a message: `arrive` happens at the other end, or `isLost` when it is certain that it never will.
    package func send(
        _ source: Host, to target: Host, isLost: (() -> Void)? = nil, arrive: @escaping () -> Void
    ) {
        guard isOpen(source, to: target), !loses() else {
            isLost?()
            return
        }
        carry(source, to: target, in: delay(), isLost: isLost, arrive: arrive)
    }

    /// The same for a message that chance does not lose, with a delay that its sender has drawn.
    package func carry(
        _ source: Host, to target: Host, in delay: Duration, isLost: (() -> Void)? = nil,
        arrive: @escaping () -> Void
    ) {
        scheduler.after(delay) {
            if self.isOpen(source, to: target) { arrive() } else { isLost?() }
        }
    }

    // MARK: Partitions

    /// Nothing passes from one of `sources` to one of `targets` until the wall is taken down.
    package struct Wall: Sendable {
        fileprivate let sources: [Host]
        fileprivate let targets: [Host]
    }

    package func raiseWall(from sources: [Host], to targets: [Host]) -> Wall {
        let wall = Wall(sources: sources, targets: targets)
        change(wall, by: 1)
        return wall
    }

    package func takeDown(_ wall: Wall) { change(wall, by: -1) }

    private func change(_ wall: Wall, by difference: Int) {
        for source in wall.sources {
            for target in wall.targets where target != source {
                walls[source.number][target.number] += difference
            }
        }
    }
}
