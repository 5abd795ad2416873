import Domain
import SimCore

/// What goes wrong while clients work, one thing after another, as the seed says.
package final class Trouble: @unchecked Sendable {
    let world: World
    let random: RandomStream
    private(set) var isOver = false
    /// All nodes are being restarted, one after the other.
    var isRolling = false
    /// Nodes that run without their own disks, by number.
    var withoutDisk: Set<Int> = []
    /// What makes good again what still holds, by number.
    private var repairs: [Int: () -> Void] = [:]
    private var repairsMade = 0

    package init(_ world: World) {
        self.world = world
        random = world.faultRandom.fork()
    }

    private var options: WorldOptions.Troubles { world.options.troubles }

    package func begin() {
        guard options.total > 0 else { return }
        scheduleNext()
    }

    /// No more trouble, and everything is made good.
    package func end() {
        isOver = true
        for number in repairs.keys.sorted() { repairs[number]?() }
        repairs = [:]
        for node in world.nodes {
            node.resume()
            node.start()
        }
    }

    private func scheduleNext() {
        let mean = options.interval
        world.scheduler.after(random.duration(.zero, mean + mean)) {
            guard !self.isOver else { return }
            self.strike()
            self.scheduleNext()
        }
    }

    /// Does `repair` after a while, or at the end.
    func later(_ shortest: Duration, _ longest: Duration, _ repair: @escaping () -> Void) {
        repairsMade += 1
        let number = repairsMade
        repairs[number] = repair
        world.scheduler.after(random.longTail(shortest, longest)) {
            if let repair = self.repairs.removeValue(forKey: number) { repair() }
        }
    }

    private func strike() {
        var choice = random.number(in: 0...(options.total - 1))
        func falls(on weight: Int) -> Bool {
            defer { choice -= weight }
            return choice >= 0 && choice < weight
        }
        if falls(on: options.crash) { return crash() }
        if falls(on: options.pause) { return pause() }
        if falls(on: options.partition) { return partition() }
        if falls(on: options.clockJump) { return jump() }
        if falls(on: options.metadataOutage) { return metadataOutage() }
        if falls(on: options.metadataFailover) { return metadataFailover() }
        if falls(on: options.lockFailover) { return lockFailover() }
        if falls(on: options.rollingRestart) { return rollingRestart() }
        if falls(on: options.emptyDisk) { return emptyDisk() }
        if falls(on: options.namesake) { return namesake() }
        if falls(on: options.flippedByte) { return flippedByte() }
        lockOutage()
    }

    private func crash() {
        let node = random.element(of: world.nodes)
        guard node.state != .down else { return }
        node.crash()
        later(.milliseconds(1), .seconds(5)) { node.start() }
    }

    private func pause() {
        let node = random.element(of: world.nodes)
        guard node.state == .serving, !node.isPaused else { return }
        node.pause()
        later(.milliseconds(1), .seconds(40)) { node.resume() }
    }

    private func partition() {
        var all = random.shuffled(world.network.hosts)
        let isolated = random.happens(Ratio(1, of: 2)) ? 1 : random.number(in: 1...(all.count - 1))
        let others = Array(all[isolated...])
        all.removeSubrange(isolated...)
        let isOneWay = random.happens(Ratio(1, of: 3))
        world.scheduler.trace.note(
            "network", "splits", UInt64(isolated), isOneWay ? 1 : 0, "\(all.map(\.name)) from the others")
        var walls = [world.network.raiseWall(from: all, to: others)]
        if !isOneWay { walls.append(world.network.raiseWall(from: others, to: all)) }
        later(.milliseconds(1), .seconds(10)) {
            self.world.scheduler.trace.note("network", "heals")
            for wall in walls { self.world.network.takeDown(wall) }
        }
    }

    private func jump() {
        let seconds = Duration.seconds(random.number(in: -30...30))
        let index = random.number(in: 0...world.nodes.count)
        let clock = index == world.nodes.count ? world.metadataClock : world.nodes[index].clock
        world.scheduler.trace.note(
            "clock", "jumps", UInt64(index), UInt64(bitPattern: seconds.components.seconds))
        clock.jump(by: seconds)
    }

    private func metadataOutage() {
        guard !world.metadataService.isDown else { return }
        world.scheduler.trace.note("metadata", "goes down")
        world.metadataService.isDown = true
        later(.milliseconds(1), .seconds(8)) {
            self.world.scheduler.trace.note("metadata", "is back")
            self.world.metadataService.isDown = false
        }
    }

    /// The synchronous standby takes over: it has every commit, and nobody has the answers under way.
    private func metadataFailover() {
        world.scheduler.trace.note("metadata", "fails over")
        world.metadataService.dropConnections()
        world.metadataClock.jump(by: random.duration(.zero, .seconds(2)) - .seconds(1))
        metadataOutage()
    }

    private func lockFailover() {
        world.scheduler.trace.note("locks", "forgets all")
        world.lockService.dropConnections()
        world.leases.forget()
    }

    private func lockOutage() {
        guard !world.lockService.isDown else { return }
        world.probe(.locksDown)
        world.scheduler.trace.note("locks", "goes down")
        world.lockService.isDown = true
        later(.milliseconds(1), .seconds(5)) { self.world.lockService.isDown = false }
    }
}
