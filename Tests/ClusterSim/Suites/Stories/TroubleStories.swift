import Domain
import Memory
import Ports
import Services
import SimCheckers
import SimCore
import SimWorld
import Testing

@Suite("Stories of nodes in trouble")
struct TroubleStories {
    @Test("A writer that is paused at any instant for ten times its lease puts nothing over what came later")
    func pausedWriter() {
        let wrong = Story.tell { options in
            options.node.lease = .seconds(3)
            options.clientPatience = .seconds(120)
        } _: { world in
            let scene = Scene(world)
            let path = scene.path("file")
            _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(2))
            for round in 0..<25 {
                await scene.meanwhile {
                    _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
                } _: {
                    await world.pass(.microseconds(250 * round))
                    scene.node(1).pause()
                    _ = await scene.bob.perform(.write(path, scene.body()), at: scene.node(2))
                    await world.pass(.seconds(30))
                    scene.node(1).resume()
                }
                _ = await scene.bob.perform(.read(path), at: scene.node(2))
            }
        }
        #expect(wrong == [])
    }

    @Test("The lock service forgets all leases while two nodes write one file, 30 times")
    func forgottenLeases() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let path = scene.path("file")
            for round in 0..<30 {
                await scene.meanwhile {
                    _ = await scene.ada.perform(.write(path, scene.body(200)), at: scene.node(1))
                } _: {
                    await world.pass(.microseconds(100 * round))
                    world.leases.forget()
                    _ = await scene.bob.perform(.write(path, scene.body(200)), at: scene.node(2))
                }
            }
            _ = await scene.ada.perform(.read(path), at: scene.node(3))
        }
        #expect(wrong == [])
    }

    @Test("A node that nobody reaches any more changes nothing, and the two others go on")
    func isolated() {
        let wrong = Story.tell { options in
            options.clientPatience = .seconds(3)
        } _: { world in
            let scene = Scene(world)
            let path = scene.path("file")
            _ = await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1))
            await scene.isolating(scene.node(1).host) {
                #expect(await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1)) == .unknown)
                #expect(await scene.bob.perform(.write(path, scene.body(100)), at: scene.node(2)).isOK)
            }
            #expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
        }
        #expect(wrong == [])
    }

    @Test("A node that is cut off from the metadata alone says 503 and nothing that is not so")
    func cutFromMetadata() {
        let wrong = Story.tell { options in
            options.clientPatience = .seconds(60)
        } _: { world in
            let scene = Scene(world)
            let path = scene.path("file")
            _ = await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1))
            for isOneWay in [false, true] {
                let (node, store) = (scene.node(1).host, world.metadataService.host)
                var walls = [world.network.raiseWall(from: [store], to: [node])]
                if !isOneWay { walls.append(world.network.raiseWall(from: [node], to: [store])) }
                let status = await scene.status(of: SentRequest(.get, "/v1/files/file"), at: scene.node(1))
                #expect(status == 503)
                _ = await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1))
                #expect(await scene.bob.perform(.write(path, scene.body(100)), at: scene.node(2)).isOK)
                for wall in walls { world.network.takeDown(wall) }
            }
            #expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
        }
        #expect(wrong == [])
    }

    @Test("A reader that takes a while is served to its end from a content that was replaced under it")
    func slowReader() {
        let wrong = Story.tell { world in
            let scene = Scene(world)
            let path = scene.path("file")
            _ = await scene.ada.perform(.write(path, scene.body(900_000)), at: scene.node(1))
            for round in 0..<10 {
                await scene.meanwhile {
                    #expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
                } _: {
                    await world.pass(.milliseconds(1 + round))
                    #expect(
                        await scene.bob.perform(.write(path, scene.body(900_000)), at: scene.node(1)).isOK)
                }
            }
        }
        #expect(wrong == [])
    }

    @Test("A full disk refuses uploads and keeps what is there, and takes them again when there is room")
    func fullDisk() {
        let wrong = Story.tell { options in
            options.nodes = 1
            options.diskBytes = 1 << 18
            options.node.reclaimGrace = .seconds(2)
            options.node.maintenanceInterval = .milliseconds(200)
        } _: { world in
            let scene = Scene(world)
            _ = await scene.ada.perform(.write(scene.path("old"), scene.body(100_000)), at: scene.node(1))
            let outcome = await scene.ada.perform(
                .write(scene.path("old"), scene.body(400_000)), at: scene.node(1))
            #expect(outcome == .withdrawn("INSUFFICIENT_STORAGE"))
            #expect(await scene.ada.perform(.read(scene.path("old")), at: scene.node(1)).isOK)
            #expect(await scene.ada.perform(.remove(scene.path("old")), at: scene.node(1)).isOK)
            await world.pass(.seconds(10))
            #expect(
                await scene.ada.perform(.write(scene.path("new"), scene.body(200_000)), at: scene.node(1))
                    .isOK)
        }
        #expect(wrong == [])
    }

    @Test("A removed file gives its room back on the node that has it, also when another node removed it")
    func reclaim() {
        let wrong = Story.tell { options in
            options.node.reclaimGrace = .seconds(1)
            options.node.maintenanceInterval = .milliseconds(200)
        } _: { world in
            let scene = Scene(world)
            for round in 0..<20 {
                let path = scene.path("file-\(round)")
                _ = await scene.ada.perform(.write(path, scene.body(20_000)), at: scene.node(1 + round % 3))
                _ = await scene.bob.perform(.remove(path), at: scene.node(1 + (round + 1) % 3))
            }
            await world.pass(.seconds(30))
            #expect(
                (try? await world.store.locations(in: scene.node(1).store.id, after: nil, limit: 9)) == [])
        }
        #expect(wrong == [])
    }

    @Test("Nodes whose clocks are a minute apart agree on everything")
    func clocksApart() {
        let wrong = Story.tell { options in
            options.clockOffset = .seconds(60)
            options.drift = 200
        } _: { world in
            let scene = Scene(world)
            let path = scene.path("file")
            for round in 0..<20 {
                _ = await scene.ada.perform(.write(path, scene.body(60)), at: scene.node(1 + round % 3))
                _ = await scene.bob.perform(.read(path), at: scene.node(1 + (round + 1) % 3))
            }
        }
        #expect(wrong == [])
    }
}
