import Domain
import Services
import SimCheckers
import SimCore
import SimWorld

/// Stories of what comes between a plan and its commit. Most let commits wait for others, so that what a
/// commit has to ask for itself is asked in every round.
enum CommitStories {
    static let all = [
        overwrittenDirectory, mergedMetadata, movedSymlink, oneKey, noLocks, rememberedInDoubt,
        rememberedAtOnce,
        clockJumps, vanishingMetadata,
    ]

    /// Every commit is held until up to five others have gone first.
    private static func holdCommits(in world: World) {
        world.turns.share.commits = 1_000
        world.turns.longest = .milliseconds(20)
    }

    static let overwrittenDirectory = Tale(
        "A directory gives way to a move while another is made in it, 60 times: full, or not there"
    ) { world in
        let scene = Scene(world)
        Self.holdCommits(in: world)
        for round in 0..<60 {
            let (moved, victim) = (scene.path("moved-\(round)"), scene.path("victim-\(round)"))
            _ = await scene.ada.perform(.makeDirectory(moved), at: scene.node(3))
            _ = await scene.ada.perform(.makeDirectory(victim), at: scene.node(3))
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .move(moved, to: victim, MoveOptions(overwrite: true)), at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(
                    .makeDirectory(scene.path("victim-\(round)/inner")), as: .ada, at: scene.node(2))
            }
            _ = await scene.ada.perform(.list(victim), at: scene.node(3))
        }
    }

    static let mergedMetadata = Tale(
        "Metadata that two clients set at once, a name each, are both there, 60 times"
    ) { world in
        let scene = Scene(world)
        Self.holdCommits(in: world)
        let directory = scene.path("dir")
        _ = await scene.ada.perform(.makeDirectory(directory), at: scene.node(1))
        for round in 0..<60 {
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .setAttributes(directory, NewAttributes(labels: ["one": "v\(round)"])),
                    at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(
                    .setAttributes(directory, NewAttributes(labels: ["two": "v\(round)"])), as: .ada,
                    at: scene.node(2))
            }
            _ = await scene.ada.perform(.stat(directory), at: scene.node(3))
        }
    }

    static let movedSymlink = Tale(
        "A symbolic link is pointed elsewhere while somebody writes through it, 60 times"
    ) { world in
        let scene = Scene(world)
        Self.holdCommits(in: world)
        let link = scene.path("link")
        for name in ["a", "b"] {
            _ = await scene.ada.perform(.write(scene.path(name), scene.body(40)), at: scene.node(1))
        }
        for round in 0..<60 {
            _ = await scene.ada.perform(.remove(link), at: scene.node(3))
            _ = await scene.ada.perform(.makeSymlink(link, target: "a"), at: scene.node(3))
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(link, scene.body(40)), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(100 * (round % 20)))
                _ = await scene.bob.perform(.remove(link), as: .ada, at: scene.node(2))
                _ = await scene.bob.perform(.makeSymlink(link, target: "b"), as: .ada, at: scene.node(2))
                _ = await scene.bob.perform(.read(scene.path("a")), as: .ada, at: scene.node(2))
            }
            for name in ["a", "b"] {
                _ = await scene.ada.perform(.read(scene.path(name)), at: scene.node(3))
            }
        }
    }

    static let oneKey = Tale(
        "One request goes under one key through two nodes at once, 60 times, and happens once"
    ) { options in
        options.doubledPerMille = 1_000
    } _: { world in
        let scene = Scene(world)
        world.turns.share = CommitTurns.Share(commits: 500, looks: 300)
        for round in 0..<60 {
            let path = scene.path("file-\(round % 5)")
            await scene.meanwhile {
                _ = await scene.ada.insist(
                    .write(path, scene.body(40), WriteOptions(exclusive: true)), under: "make-\(round)")
            } _: {
                _ = await scene.bob.insist(.remove(path), as: .ada, under: "remove-\(round)")
            }
        }
    }

    static let noLocks = Tale(
        "Without a lock service two nodes change one file, 60 times, and keep every promise"
    ) { world in
        let scene = Scene(world)
        Self.holdCommits(in: world)
        world.lockService.isDown = true
        let path = scene.path("file")
        for round in 0..<60 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body(200)), at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(
                    round % 3 == 0 ? .remove(path) : .write(path, scene.body(200)), as: .ada,
                    at: scene.node(2))
            }
            _ = await scene.ada.perform(.read(path), at: scene.node(3))
        }
    }

    static let rememberedInDoubt = Tale(
        "A node that remembers what it resolved says nothing old after a commit in doubt, 20 times"
    ) { options in
        options.nodes = 1
        options.cachesResolutions = true
        options.clientPatience = .seconds(30)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(40)), at: scene.node(1))
        for round in 0..<20 {
            world.turns.share.commits = 1_000
            world.turns.share.isByTime = true
            world.turns.longest = .milliseconds(900)
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body(40)), at: scene.node(1))
            } _: {
                // Nobody can be asked until the node has given up; the commit goes on.
                await world.pass(.milliseconds(10))
                world.metadataService.dropConnections()
                world.metadataService.isDown = true
                await world.pass(.milliseconds(200))
                world.metadataService.isDown = false
                for _ in 0..<10 {
                    _ = await scene.bob.perform(.read(path), as: .ada, at: scene.node(1))
                    await world.pass(.milliseconds(100))
                }
                // What was remembered goes with any other commit.
                world.turns.share = .none
                _ = await scene.bob.perform(
                    .makeDirectory(scene.path("dir-\(round)")), as: .ada, at: scene.node(1))
                _ = await scene.bob.perform(.read(path), as: .ada, at: scene.node(1))
            }
        }
    }

    static let rememberedAtOnce = Tale(
        "A node that remembers what it resolved says what a commit has left from then on, 40 times"
    ) { options in
        options.nodes = 1
        options.cachesResolutions = true
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        for _ in 0..<40 {
            _ = await scene.ada.perform(.write(path, scene.body(40)))
            _ = await scene.ada.perform(.read(path))
            // A look that is answered late, while somebody writes.
            world.turns.share = CommitTurns.Share(looks: 700)
            world.turns.share.isByTime = true
            world.turns.longest = .milliseconds(20)
            await scene.meanwhile {
                _ = await scene.ada.perform(.stat(path))
            } _: {
                _ = await scene.bob.perform(.write(path, scene.body(40)), as: .ada)
            }
            world.turns.share = .none
            _ = await scene.ada.perform(.stat(path))
            _ = await scene.bob.perform(.read(path), as: .ada)
        }
    }

    static let clockJumps = Tale(
        "The clock of a node jumps by an hour, forth and back, while it writes under a lease, 20 times"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        for round in 0..<20 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(150 * round))
                scene.node(1).clock.jump(by: .seconds(round % 2 == 0 ? 3_600 : -3_600))
                _ = await scene.bob.perform(.write(path, scene.body()), as: .ada, at: scene.node(2))
            }
            world.expect(await scene.ada.perform(.read(path), at: scene.node(3)).isOK)
        }
    }

    static let vanishingMetadata = Tale(
        "The metadata vanish with an answer on its way, 40 times: the bytes are kept or swept, not lost"
    ) { options in
        options.clientPatience = .seconds(60)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        // Some are still under way when nobody can be asked.
        scene.holdCommits(500, atMost: .milliseconds(5), byTime: true)
        for round in 0..<40 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1 + round % 3))
            } _: {
                await world.pass(.microseconds(100 * round))
                world.metadataService.dropConnections()
                world.metadataService.isDown = true
                await world.pass(.seconds(1))
                world.metadataService.isDown = false
            }
            _ = await scene.bob.perform(.read(path), as: .ada, at: scene.node(2))
        }
    }
}
