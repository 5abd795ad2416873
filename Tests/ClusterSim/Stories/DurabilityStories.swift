import Domain
import Ports
import SimCheckers
import SimCore
import SimWorld

/// Stories of what survives.
enum DurabilityStories {
    static let all = [
        acknowledged, powerCuts, brokenUploads, cutUploads, sharedSync, lostAnswers, failover, metadataDown,
        clockGoesBack,
    ]

    static let acknowledged = Tale(
        "A file that one of three nodes acknowledged is read by the other two and after all have lost power"
    ) { world in
        let scene = Scene(world)
        for size in [0, 40, 10_000, 300_000] {
            let value = size == 0 ? BodyValue.empty : scene.body(size)
            let path = "file-\(size)"
            world.expect(await scene.ada.perform(.write(scene.path(path), value), at: scene.node(1)).isOK)
            for number in 1...3 { world.expect(await scene.read(path, at: scene.node(number)) == value) }
        }
    }

    static let powerCuts = Tale(
        "A node that loses power in the middle of 60 uploads, at any instant, keeps what it acknowledged"
    ) { world in
        let scene = Scene(world)
        for round in 0..<60 {
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .write(scene.path("file-\(round % 7)"), scene.body(200 + 1_500 * (round % 5))),
                    at: scene.node(1))
            } _: {
                await world.pass(.microseconds(150 * round))
                scene.node(1).crash()
                await world.pass(.milliseconds(1))
                scene.node(1).start()
            }
            _ = await world.wait(atMost: .seconds(10)) { scene.node(1).state == .serving }
        }
    }

    static let brokenUploads = Tale(
        "A client that is cut off in the middle of 40 uploads, at any instant, leaves the old or the new"
    ) { world in
        let scene = Scene(world)
        world.expect(
            await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(1)).isOK)
        for round in 0..<40 {
            // In small pieces, or the whole is there before the client leaves.
            world.network.weather.slowest = .milliseconds(5)
            scene.bob.patience = .microseconds(200 * round)
            _ = await scene.bob.perform(
                .write(scene.path("file"), scene.body(100_000)), at: scene.node(1))
            await world.pass(.milliseconds(20))
            _ = await scene.ada.perform(.read(scene.path("file")), at: scene.node(1))
        }
        world.network.weather = .fine
    }

    static let cutUploads = Tale(
        "Connections break in the middle of 60 uploads: no part passes for the whole"
    ) { options in
        options.weather = .fine
        options.cutPerMille = 500
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body()), at: scene.node(1)).isOK)
        world.letItRain()
        for _ in 0..<60 {
            _ = await scene.bob.perform(.write(path, scene.body(100_000)), at: scene.node(1))
            _ = await scene.ada.perform(.read(path), at: scene.node(1))
        }
    }

    static let sharedSync = Tale(
        "Two files get their names in one directory at once, 60 times, and power goes when the later is told"
    ) { options in
        options.nodes = 1
        options.hasOneShard = true
        options.weather = .fine
        options.disk.slowestSync = .milliseconds(20)
    } _: { world in
        let scene = Scene(world)
        world.letItRain()
        for round in 0..<60 {
            let (first, second) = ("first-\(round)", "second-\(round)")
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(scene.path(first), scene.body()))
            } _: {
                await world.pass(.microseconds(150 * round))
                if await scene.bob.perform(.write(scene.path(second), scene.body()), as: .ada).isOK {
                    scene.node(1).crash()
                    scene.node(1).start()
                }
            }
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
            for name in [first, second] { _ = await scene.bob.perform(.read(scene.path(name)), as: .ada) }
        }
    }

    static let lostAnswers = Tale(
        "A commit whose answer is lost on the way, 50 times over, happened once or not at all"
    ) { world in
        let scene = Scene(world)
        world.metadataService.lostAnswersPerMille = 300
        for round in 0..<50 {
            let path = scene.path("dir-\(round)")
            _ = await scene.ada.perform(.makeDirectory(path), at: scene.node(1 + round % 3))
            _ = await scene.bob.perform(
                .move(path, to: scene.path("moved-\(round)")), at: scene.node(1 + (round + 1) % 3))
            _ = await scene.bob.perform(.write(scene.path("file"), scene.body(100)), at: scene.node(2))
        }
    }

    static let failover = Tale(
        "A failover of the metadata in the middle of 40 commits loses none and doubles none"
    ) { world in
        let scene = Scene(world)
        // A commit takes a while, so that the failover falls into it.
        scene.holdCommits(1_000, atMost: .milliseconds(3), byTime: true)
        for round in 0..<40 {
            await scene.meanwhile {
                let path = scene.path("new-\(round)")
                _ = await scene.ada.perform(
                    .write(path, scene.body(64), WriteOptions(exclusive: true)), at: scene.node(1))
                _ = await scene.ada.perform(.stat(path), at: scene.node(2))
            } _: {
                await world.pass(.microseconds(60 * round))
                world.metadataService.dropConnections()
                world.metadataClock.jump(by: .milliseconds(-500))
            }
        }
    }

    static let metadataDown = Tale(
        "While the metadata are down every node says 503, never 404 or 403, and goes on when they are back"
    ) { world in
        let scene = Scene(world)
        world.expect(
            await scene.ada.perform(.write(scene.path("file"), scene.body()), at: scene.node(1)).isOK)
        world.metadataService.isDown = true
        for number in 1...3 {
            let there = SentRequest(.get, "/v1/files/file")
            let absent = SentRequest(.get, "/v1/files/absent")
            let upload = SentRequest(.put, "/v1/files/other", body: Array(repeating: 7, count: 9_000))
            for request in [there, absent, upload] {
                world.expect(await scene.status(of: request, at: scene.node(number)) == 503)
            }
        }
        world.metadataService.isDown = false
        for number in 1...3 {
            let absent = SentRequest(.get, "/v1/files/absent")
            world.expect(await scene.read("file", at: scene.node(number)) != nil)
            world.expect(await scene.status(of: absent, at: scene.node(number)) == 404)
        }
    }

    static let clockGoesBack = Tale(
        "A clock of the metadata that goes back by a minute between two writes takes no time back"
    ) { world in
        let scene = Scene(world)
        for round in 0..<6 {
            world.metadataClock.jump(by: .seconds(round % 2 == 0 ? -60 : 30))
            let path = scene.path("file")
            world.expect(await scene.ada.perform(.write(path, scene.body(50)), at: scene.node(1)).isOK)
            world.expect(await scene.bob.perform(.read(path), at: scene.node(2)).isOK)
        }
    }
}
