import Domain
import Memory
import Ports
import Services
import SimCheckers
import SimCore
import SimWorld

/// Stories of nodes in trouble.
enum TroubleStories {
    static let all = [
        pausedWriter, forgottenLeases, isolated, cutFromMetadata, slowReader, fullDisk, reclaim,
        clocksApart,
    ]

    static let pausedWriter = Tale(
        "A writer that is paused at any instant for ten times its lease puts nothing over what came later"
    ) { options in
        options.node.lease = .milliseconds(500)
        options.clientPatience = .seconds(120)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(2))
        // Some commits are under way for longer than their lease, which nobody renews meanwhile.
        scene.holdCommits(500, atMost: .seconds(3), byTime: true)
        for round in 0..<25 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(250 * round))
                scene.node(1).pause()
                _ = await scene.bob.perform(.write(path, scene.body()), at: scene.node(2))
                await world.pass(.seconds(5))
                scene.node(1).resume()
            }
            _ = await scene.bob.perform(.read(path), at: scene.node(2))
        }
    }

    static let forgottenLeases = Tale(
        "The lock service forgets all leases while two nodes write one file, 30 times"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        scene.holdCommits()
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

    static let isolated = Tale(
        "A node that nobody reaches any more changes nothing, and the two others go on"
    ) { options in
        options.clientPatience = .seconds(3)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1))
        await scene.isolating(scene.node(1).host) {
            world.expect(
                await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1)) == .unknown)
            world.expect(await scene.bob.perform(.write(path, scene.body(100)), at: scene.node(2)).isOK)
        }
        world.expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
    }

    static let cutFromMetadata = Tale(
        "A node that is cut off from the metadata alone says 503 and nothing that is not so"
    ) { options in
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
            world.expect(status == 503)
            _ = await scene.ada.perform(.write(path, scene.body(100)), at: scene.node(1))
            world.expect(await scene.bob.perform(.write(path, scene.body(100)), at: scene.node(2)).isOK)
            for wall in walls { world.network.takeDown(wall) }
        }
        world.expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
    }

    static let slowReader = Tale(
        "A reader that takes a while is served to its end from a content that was replaced under it"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(900_000)), at: scene.node(1))
        for round in 0..<10 {
            await scene.meanwhile {
                world.expect(await scene.ada.perform(.read(path), at: scene.node(1)).isOK)
            } _: {
                await world.pass(.milliseconds(1 + round))
                world.expect(
                    await scene.bob.perform(.write(path, scene.body(900_000)), at: scene.node(1)).isOK)
            }
        }
    }

    static let fullDisk = Tale(
        "A full disk refuses uploads and keeps what is there, and takes them again when there is room"
    ) { options in
        options.nodes = 1
        options.diskBytes = 1 << 18
        options.node.reclaimGrace = .seconds(2)
        options.node.maintenanceInterval = .milliseconds(200)
    } _: { world in
        let scene = Scene(world)
        _ = await scene.ada.perform(.write(scene.path("old"), scene.body(100_000)), at: scene.node(1))
        let outcome = await scene.ada.perform(
            .write(scene.path("old"), scene.body(400_000)), at: scene.node(1))
        world.expect(outcome == .withdrawn("INSUFFICIENT_STORAGE"))
        world.expect(await scene.ada.perform(.read(scene.path("old")), at: scene.node(1)).isOK)
        world.expect(await scene.ada.perform(.remove(scene.path("old")), at: scene.node(1)).isOK)
        await world.pass(.seconds(10))
        world.expect(
            await scene.ada.perform(.write(scene.path("new"), scene.body(200_000)), at: scene.node(1))
                .isOK)
    }

    static let reclaim = Tale(
        "A removed file gives its room back on the node that has it, also when another node removed it"
    ) { options in
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
        world.expect(
            (try? await world.store.locations(in: scene.node(1).store.id, after: nil, limit: 9)) == [])
    }

    static let clocksApart = Tale(
        "Nodes whose clocks are a minute apart agree on everything"
    ) { options in
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
}
