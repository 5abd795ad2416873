import Domain
import Memory
import SimCheckers
import SimWorld
import Testing

@Suite("Stories of disks and names in the wrong place")
struct IdentityStories {
    /// Long enough for several attempts to start.
    private static let attempts = Duration.seconds(40)

    @Test("A node whose disk was wiped refuses to start, and with its own disk again it has lost nothing")
    func wipedDisk() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let value = scene.body()
            #expect(await scene.ada.perform(.write(scene.path("file"), value), at: scene.node(1)).isOK)
            let taken = MemoryDisk()
            scene.node(1).crash()
            scene.node(1).exchangeDisk(with: taken)
            scene.node(1).start()
            await world.pass(Self.attempts)
            #expect(scene.node(1).state == .starting)
            #expect(scene.node(1).refusal == "otherStore")
            #expect(
                await scene.ada.perform(.write(scene.path("other"), scene.body()), at: scene.node(2)).isOK)
            scene.node(1).crash()
            scene.node(1).exchangeDisk(with: taken)
            scene.node(1).start()
            #expect(await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving })
            #expect(await scene.read("file", at: scene.node(2)) == value)
        }
        #expect(wrong == [])
    }

    @Test("Two nodes that got each other's disks refuse to start, and serve once the disks are back")
    func swappedDisks() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let value = scene.body()
            #expect(await scene.ada.perform(.write(scene.path("file"), value), at: scene.node(1)).isOK)
            for round in 0..<2 {
                scene.node(1).crash()
                scene.node(2).crash()
                scene.node(1).exchangeDisk(with: scene.node(2).disk)
                scene.node(1).start()
                scene.node(2).start()
                await world.pass(Self.attempts)
                let expected = round == 0 ? SimulatedNode.State.starting : .serving
                #expect(scene.node(1).state == expected)
                #expect(scene.node(2).state == expected)
            }
            #expect(await scene.read("file", at: scene.node(3)) == value)
        }
        #expect(wrong == [])
    }

    @Test("A second process of one name, on a copy of the disk, does not start while the first one serves")
    func copiedMachine() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let path = scene.path("file")
            #expect(await scene.ada.perform(.write(path, scene.body()), at: scene.node(1)).isOK)
            var generator = SeededGenerator(seed: 1)
            let double = world.addDouble(of: scene.node(1))
            double.exchangeDisk(with: scene.node(1).disk.survivor(using: &generator))
            double.start()
            await world.pass(Self.attempts)
            #expect(double.state == .starting)
            #expect(double.refusal?.contains("nameTaken") == true)
            #expect(scene.node(1).state == .serving)
            #expect(await scene.bob.perform(.read(path), at: scene.node(2)).isOK)
            double.crash()
        }
        #expect(wrong == [])
    }

    @Test("A second process of one name, on a disk of its own, never gets into the deployment")
    func secondName() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let double = world.addDouble(of: scene.node(2))
            double.start()
            await world.pass(Self.attempts)
            #expect(double.state == .starting)
            #expect(double.refusal == "otherStore")
            #expect(await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(2)).isOK)
            double.crash()
        }
        #expect(wrong == [])
    }

    @Test("A name is free again when its process has died: the same machine comes back, five times")
    func nameAfterDeath() {
        let wrong = Story.tell { options in
            options.memberLease = .seconds(3)
        } _: { world in
            let scene = Scene(world)
            for _ in 0..<5 {
                scene.node(1).crash()
                scene.node(1).start()
                #expect(await world.wait(atMost: .seconds(10)) { scene.node(1).state == .serving })
                #expect(
                    await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(1)).isOK)
            }
        }
        #expect(wrong == [])
    }
}
