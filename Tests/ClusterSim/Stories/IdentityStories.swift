import Domain
import Memory
import SimCheckers
import SimWorld

/// Stories of disks and names in the wrong place.
enum IdentityStories {
    static let all = [
        wipedDisk, swappedDisks, copiedMachine, secondName, nameAfterDeath,
    ]

    /// Long enough for several attempts to start.
    private static let attempts = Duration.seconds(40)

    static let wipedDisk = Tale(
        "A node whose disk was wiped refuses to start, and with its own disk again it has lost nothing"
    ) { world in
        let scene = Scene(world)
        let value = scene.body()
        world.expect(await scene.ada.perform(.write(scene.path("file"), value), at: scene.node(1)).isOK)
        let taken = MemoryDisk()
        scene.node(1).crash()
        scene.node(1).exchangeDisk(with: taken)
        scene.node(1).start()
        await world.pass(Self.attempts)
        world.expect(scene.node(1).state == .starting)
        world.expect(scene.node(1).refusal == "otherStore")
        world.expect(
            await scene.ada.perform(.write(scene.path("other"), scene.body()), at: scene.node(2)).isOK)
        scene.node(1).crash()
        scene.node(1).exchangeDisk(with: taken)
        scene.node(1).start()
        world.expect(await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving })
        world.expect(await scene.read("file", at: scene.node(2)) == value)
    }

    static let swappedDisks = Tale(
        "Two nodes that got each other's disks refuse to start, and serve once the disks are back"
    ) { world in
        let scene = Scene(world)
        let value = scene.body()
        world.expect(await scene.ada.perform(.write(scene.path("file"), value), at: scene.node(1)).isOK)
        for round in 0..<2 {
            scene.node(1).crash()
            scene.node(2).crash()
            scene.node(1).exchangeDisk(with: scene.node(2).disk)
            scene.node(1).start()
            scene.node(2).start()
            await world.pass(Self.attempts)
            let expected = round == 0 ? SimulatedNode.State.starting : .serving
            world.expect(scene.node(1).state == expected)
            world.expect(scene.node(2).state == expected)
        }
        world.expect(await scene.read("file", at: scene.node(3)) == value)
    }

    static let copiedMachine = Tale(
        "A second process of one name, on a copy of the disk, does not start while the first one serves"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body()), at: scene.node(1)).isOK)
        var generator = SeededGenerator(seed: 1)
        let double = world.addDouble(of: scene.node(1))
        double.exchangeDisk(with: scene.node(1).disk.survivor(using: &generator))
        double.start()
        await world.pass(Self.attempts)
        world.expect(double.state == .starting)
        world.expect(double.refusal?.contains("nameTaken") == true)
        world.expect(scene.node(1).state == .serving)
        world.expect(await scene.bob.perform(.read(path), at: scene.node(2)).isOK)
        double.crash()
    }

    static let secondName = Tale(
        "A second process of one name, on a disk of its own, never gets into the deployment"
    ) { world in
        let scene = Scene(world)
        let double = world.addDouble(of: scene.node(2))
        double.start()
        await world.pass(Self.attempts)
        world.expect(double.state == .starting)
        world.expect(double.refusal == "otherStore")
        world.expect(
            await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(2)).isOK)
        double.crash()
    }

    static let nameAfterDeath = Tale(
        "A name is free again when its process has died: the same machine comes back, five times"
    ) { options in
        options.memberLease = .seconds(3)
    } _: { world in
        let scene = Scene(world)
        for _ in 0..<5 {
            scene.node(1).crash()
            scene.node(1).start()
            world.expect(await world.wait(atMost: .seconds(10)) { scene.node(1).state == .serving })
            world.expect(
                await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(1)).isOK)
        }
    }
}
