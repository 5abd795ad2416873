import Domain
import Memory
import Services
import SimCore

/// What people and age do to machines.
extension Trouble {
    /// An operator restarts all nodes, each when the one before is back.
    func rollingRestart() {
        guard !isRolling, world.nodes.count > 1 else { return }
        isRolling = true
        world.probe(.rollingRestart)
        world.scheduler.trace.note("operator", "restarts all")
        world.start("a rolling restart") { [self] in
            for node in world.nodes where !isOver {
                await node.restart { self.isOver }
                _ = await world.wait(atMost: .seconds(30)) { isOver || node.state == .serving }
            }
            isRolling = false
        }
    }

    /// A machine comes up with an empty disk in the place of its own, which comes back after a while. On an
    /// empty one it must not serve: what it does not have is not what is not there.
    func emptyDisk() {
        let node = random.element(of: world.nodes)
        guard withoutDisk.insert(node.number).inserted else { return }
        let own = MemoryDisk(capacityBytes: world.options.diskBytes)
        world.probe(.emptyDisk)
        node.crash()
        node.exchangeDisk(with: own)
        node.start()
        let incarnation = node.incarnation
        later(.seconds(1), .seconds(20)) { [self] in
            if node.state == .serving {
                world.complain("\(node.host.name) serves on an empty disk (\(incarnation))")
            }
            node.crash()
            node.exchangeDisk(with: own)
            node.start()
            withoutDisk.remove(node.number)
        }
    }

    /// Another machine is started as one of the nodes. Where contents lie in a bucket, on a copy of that
    /// one's disk, so that it may take the place of one that is not heard of; else on a disk of its own,
    /// with which it never gets in.
    func namesake() {
        guard world.nodes.count > 1 else { return }
        let node = random.element(of: world.nodes)
        let known = world.namesakes.first { $0.number == node.number }
        guard known?.state ?? .down == .down, withoutDisk.isEmpty else { return }
        let double = known ?? world.addDouble(of: node)
        if world.objects != nil {
            double.exchangeDisk(with: node.disk.survivor(using: &random.generator))
        }
        double.diskFaults.isCalm = false
        double.whenRefused = { [world] in world.probe(.namesakeRefused) }
        double.start()
        later(.seconds(2), .seconds(60)) { [world] in
            if double.state == .serving {
                world.probe(.namesakeServes)
                if world.objects == nil {
                    world.complain("\(double.host.name) serves with a disk of its own")
                }
            }
            double.resume()
            double.crash()
        }
    }

    /// A disk ages.
    func flippedByte() {
        let node = random.element(of: world.nodes)
        guard world.objects == nil else { return }
        world.start("a byte flips") { [self] in
            let rows = try? await world.store.locations(in: node.store.id, after: nil, limit: 10_000)
            guard !isOver, let rows else { return }
            world.rot.strike(node, rows, random)
        }
    }
}

extension SimulatedNode {
    /// Ends and starts again as an operator does it: it says so, takes nothing new, and lets what it has
    /// begun come to its end for a while. Goes no further when `isOver`.
    func restart(_ isOver: @escaping () -> Bool) async {
        guard state == .serving, !isPaused, let node else { return }
        let started = incarnation
        trace.note(host.name, "is to restart")
        executor.start("the last announcement") { try? await node.announceRestart() }
        await world.pass(.milliseconds(100))
        guard incarnation == started, state == .serving, !isOver() else { return }
        let handler = listener.handler
        listener.handler = nil
        _ = await world.wait(atMost: .seconds(2)) { self.listener.isIdle || self.incarnation != started }
        guard incarnation == started, state == .serving else { return }
        if isOver() {
            listener.handler = handler
            return
        }
        crash()
        start()
    }
}
