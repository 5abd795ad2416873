import Domain
import Ports
import Services
import SimCheckers
import SimWorld

/// Stories of bytes on other nodes.
enum PeerStories {
    static let all = [
        deadOwner, repeatedRequests, brokenConnections, deathOfOwner, splitNodes,
    ]

    static let deadOwner = Tale(
        "What lies only on a dead node is 502 elsewhere; its metadata are there, and new files can be written"
    ) { options in
        options.memberLease = .seconds(2)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        let value = scene.body()
        world.expect(await scene.ada.perform(.write(path, value), at: scene.node(1)).isOK)
        scene.node(1).crash()
        await world.pass(.seconds(10))
        for number in 2...3 {
            let answer = await world.answer(
                to: SentRequest(.get, "/v1/files/file"), from: scene.ada, at: scene.node(number))
            world.expect(answer?.status == 502)
            world.expect(answer?.fields.first("retry-after") != nil)
            world.expect(await scene.ada.perform(.stat(path), at: scene.node(number)).isOK)
            world.expect(
                await scene.ada.perform(
                    .write(scene.path("new-\(number)"), scene.body()), at: scene.node(number)
                ).isOK)
        }
        let newer = scene.body()
        world.expect(await scene.ada.perform(.write(path, newer), at: scene.node(2)).isOK)
        world.expect(await scene.read("file", at: scene.node(3)) == newer)
        scene.node(1).start()
    }

    static let repeatedRequests = Tale(
        "What nodes ask each other comes twice, each time, and is let in once; nothing is left over"
    ) { options in
        options.weather = .fine
        options.repeatedPerMille = 1_000
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body(60_000)), at: scene.node(1)).isOK)
        world.letItRain()
        for round in 0..<12 {
            let node = scene.node(2 + round % 2)
            _ = await scene.ada.perform(.write(path, scene.body(60_000)), at: node)
            _ = await scene.bob.perform(.read(path), as: .ada, at: node)
        }
        await world.pass(.seconds(30))
    }

    static let brokenConnections = Tale(
        "A file on one node is read and replaced through another while connections between them break"
    ) { options in
        options.cutPerMille = 300
        options.weather = .fine
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body(60_000)), at: scene.node(1)).isOK)
        world.letItRain()
        for round in 0..<40 {
            let node = scene.node(2 + round % 2)
            if round % 4 == 0 {
                _ = await scene.ada.perform(.write(path, scene.body(60_000)), at: node)
            } else {
                _ = await scene.bob.perform(.read(path), as: .ada, at: node)
            }
        }
    }

    static let deathOfOwner = Tale(
        "A node dies while another one reads from it, at any of 30 instants: no prefix passes for the whole"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body(200_000)), at: scene.node(1)).isOK)
        for round in 0..<30 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.read(path), at: scene.node(2))
            } _: {
                await world.pass(.microseconds(200 * round))
                scene.node(1).crash()
                scene.node(1).start()
            }
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
        }
    }

    static let splitNodes = Tale(
        "Two nodes that see the metadata and not each other: each serves what it has, and nothing else"
    ) { world in
        let scene = Scene(world)
        let (mine, yours) = (scene.body(), scene.body())
        world.expect(await scene.ada.perform(.write(scene.path("mine"), mine), at: scene.node(1)).isOK)
        world.expect(
            await scene.ada.perform(.write(scene.path("yours"), yours), at: scene.node(2)).isOK)
        let (first, second) = (scene.node(1).host, scene.node(2).host)
        let walls = [
            world.network.raiseWall(from: [first], to: [second]),
            world.network.raiseWall(from: [second], to: [first]),
        ]
        world.expect(await scene.read("mine", at: scene.node(1)) == mine)
        world.expect(await scene.read("yours", at: scene.node(2)) == yours)
        world.expect(
            await scene.status(of: SentRequest(.get, "/v1/files/yours"), at: scene.node(1)) == 502)
        world.expect(await scene.read("yours", at: scene.node(3)) == yours)
        for wall in walls { world.network.takeDown(wall) }
        world.expect(await scene.read("yours", at: scene.node(1)) == yours)
    }
}
