import Domain
import Services
import SimCheckers
import SimCore
import SimWorld

/// Stories of races between nodes.
enum RaceStories {
    static let all = [
        creations, linkAgainstWrite, removalAgainstCreation, movesIntoEachOther, movesOfOneFile,
        conditions, moveAgainstUpload, treeRemovalAgainstUpload, rightsAgainstUpload,
        copyAgainstReplacement, refusedMove, modeAgainstWrite, hardLinks, downloadLinks,
    ]

    static let creations = Tale(
        "Two clients that make the same file through two nodes, 60 times: one makes it, the other hears 409"
    ) { world in
        let scene = Scene(world)
        for round in 0..<60 {
            let path = scene.path("file-\(round)")
            let wins = Wins()
            await scene.meanwhile {
                let made = await scene.ada.perform(
                    .write(path, scene.body(80), WriteOptions(exclusive: true)), at: scene.node(1))
                wins.note(made)
            } _: {
                let made = await scene.bob.perform(
                    .write(path, scene.body(80), WriteOptions(exclusive: true)), at: scene.node(2))
                wins.note(made)
            }
            world.expect(wins.outcomes.count(where: \.isOK) == 1)
            world.expect(wins.outcomes.contains(.refused(.alreadyExists)))
        }
    }

    static let linkAgainstWrite = Tale(
        "A file gets another name while it is written, 60 times: the answer is of what both left"
    ) { world in
        let scene = Scene(world)
        // A commit may be long under way after what it was planned on.
        world.metadataService.slowness = .milliseconds(50)
        for round in 0..<60 {
            let (file, name) = (scene.path("file-\(round)"), scene.path("name-\(round)"))
            _ = await scene.ada.perform(.write(file, scene.body(80)), at: scene.node(3))
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(file, scene.body(90)), at: scene.node(1))
                _ = await scene.ada.perform(.stat(name), at: scene.node(3))
            } _: {
                await world.pass(.milliseconds(round))
                _ = await scene.bob.perform(.link(file, to: name), at: scene.node(2))
            }
        }
    }

    static let removalAgainstCreation = Tale(
        "A directory is removed through one node while a file is made in it through another, 60 times"
    ) { world in
        let scene = Scene(world)
        for round in 0..<60 {
            let directory = scene.path("dir-\(round)")
            let file = scene.path("dir-\(round)/file")
            _ = await scene.ada.perform(.makeDirectory(directory), at: scene.node(3))
            await scene.meanwhile {
                await world.pass(.microseconds(20 * (round % 20)))
                _ = await scene.ada.perform(.remove(directory), at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(.makeSymlink(file, target: "x"), at: scene.node(2))
            }
            _ = await scene.ada.perform(.stat(file, following: false), at: scene.node(3))
        }
    }

    static let movesIntoEachOther = Tale(
        "Two directories are moved into each other through two nodes, 60 times, and never both"
    ) { world in
        let scene = Scene(world)
        scene.holdCommits()
        for round in 0..<60 {
            let (left, right) = (scene.path("left-\(round)"), scene.path("right-\(round)"))
            _ = await scene.ada.perform(.makeDirectory(left), at: scene.node(3))
            _ = await scene.ada.perform(.makeDirectory(right), at: scene.node(3))
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .move(left, to: scene.path("right-\(round)/left")), at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(
                    .move(right, to: scene.path("left-\(round)/right")), as: .superuser, at: scene.node(2)
                )
            }
        }
        // And none into itself.
        let (directory, below) = (scene.path("one"), scene.path("one/two"))
        _ = await scene.ada.perform(.makeDirectory(directory), at: scene.node(1))
        _ = await scene.ada.perform(.makeDirectory(below), at: scene.node(1))
        for place in ["one/in", "one/two/in"] {
            _ = await scene.ada.perform(.move(directory, to: scene.path(place)), at: scene.node(2))
        }
        _ = await scene.ada.perform(.list(scene.path("")), at: scene.node(1))
    }

    static let movesOfOneFile = Tale(
        "One file is moved to two places through two nodes, 60 times, and ends up in one"
    ) { world in
        let scene = Scene(world)
        scene.holdCommits()
        for round in 0..<60 {
            let path = scene.path("file-\(round)")
            _ = await scene.ada.perform(.write(path, scene.body(50)), at: scene.node(3))
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .move(path, to: scene.path("left-\(round)")), at: scene.node(1))
            } _: {
                _ = await scene.bob.perform(
                    .move(path, to: scene.path("right-\(round)")), at: scene.node(2))
            }
        }
        _ = await scene.ada.perform(.list(scene.path("")), at: scene.node(1))
    }

    static let conditions = Tale(
        "A counter in a file loses no increment when two clients raise it on conditions through three nodes"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("counter")
        _ = await scene.ada.perform(.write(path, scene.body(30)), at: scene.node(1))
        let increment: @Sendable (SimulatedClient) async -> Void = { client in
            for round in 0..<30 {
                let node = scene.node(1 + round % 3)
                guard case .ok(.content(_, let seen)) = await client.perform(.read(path), at: node),
                    let tag = seen.tag
                else { continue }
                _ = await client.perform(
                    .write(
                        path, scene.body(30),
                        WriteOptions(conditions: CallConditions(ifMatch: .tag(tag)))), at: node)
            }
        }
        await scene.meanwhile {
            await increment(scene.ada)
        } _: {
            await increment(scene.bob)
        }
    }

    static let moveAgainstUpload = Tale(
        "A directory moves away while a file is written below it, 40 times: it goes along or is not there"
    ) { world in
        let scene = Scene(world)
        scene.holdCommits(0, atMost: .milliseconds(30), byTime: true)
        for round in 0..<40 {
            let directory = scene.path("dir-\(round)")
            let away = scene.path("away-\(round)")
            _ = await scene.ada.perform(.makeDirectory(directory), at: scene.node(3))
            world.turns.share.commits = 1_000
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .write(scene.path("dir-\(round)/file"), scene.body(9_000)), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(500 + 100 * round))
                // What is under way by now waits; the move does not.
                world.turns.share.commits = 0
                _ = await scene.bob.perform(.move(directory, to: away), at: scene.node(2))
                _ = await scene.bob.perform(.list(away), at: scene.node(2))
            }
            _ = await scene.ada.perform(.list(away), at: scene.node(3))
        }
    }

    static let treeRemovalAgainstUpload = Tale(
        "A tree is removed while a file is written into it, 40 times: the file is gone too, or keeps its tree"
    ) { world in
        let scene = Scene(world)
        for round in 0..<40 {
            let directory = scene.path("dir-\(round % 3)")
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .write(scene.path("dir-\(round % 3)/sub/file"), scene.body(9_000)), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(100 * round))
                _ = await scene.bob.perform(.removeTree(directory), at: scene.node(2))
            }
        }
    }

    static let rightsAgainstUpload = Tale(
        "Rights on a directory above are taken away while somebody writes below it, 40 times"
    ) { world in
        let scene = Scene(world)
        _ = await scene.ada.perform(
            .makeDirectory(scene.path("shared"), mode: FileMode(rawValue: 0o777)), at: scene.node(1))
        _ = await scene.ada.perform(
            .setAttributes(scene.path("shared"), NewAttributes(mode: FileMode(rawValue: 0o777))),
            at: scene.node(1))
        scene.holdCommits(0, atMost: .milliseconds(30), byTime: true)
        for round in 0..<40 {
            let mode = FileMode(rawValue: round % 2 == 0 ? 0o700 : 0o777)
            let file = scene.path("shared/file-\(round % 4)")
            world.turns.share.commits = 1_000
            await scene.meanwhile {
                _ = await scene.bob.perform(.write(file, scene.body(500)), as: .bob, at: scene.node(1))
            } _: {
                await world.pass(.microseconds(500 + 80 * (round % 20)))
                // What is under way by now waits; the change of rights does not.
                world.turns.share.commits = 0
                _ = await scene.ada.perform(
                    .setAttributes(scene.path("shared"), NewAttributes(mode: mode)), at: scene.node(2))
                _ = await scene.ada.perform(.read(file), at: scene.node(2))
            }
            _ = await scene.ada.perform(.read(file), at: scene.node(3))
        }
    }

    static let copyAgainstReplacement = Tale(
        "A file is copied while it is replaced and removed through other nodes, 40 times, and no copy is torn"
    ) { options in
        options.node.maintenanceInterval = .milliseconds(20)
    } _: { world in
        let scene = Scene(world)
        scene.holdCommits(0, atMost: .milliseconds(300), byTime: true)
        let path = scene.path("file")
        for round in 0..<40 {
            _ = await scene.ada.perform(.write(path, scene.body(9_000)), at: scene.node(1))
            world.turns.share.commits = 1_000
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .copy(path, to: scene.path("copy-\(round)")), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(700 + 60 * round))
                // A copy that is under way by now waits for so long that what it copies may be condemned.
                world.turns.share.commits = 0
                _ = await scene.bob.perform(
                    round % 2 == 0 ? .remove(path) : .write(path, scene.body(9_000)), at: scene.node(2))
            }
        }
        for round in 0..<40 {
            _ = await scene.ada.perform(.read(scene.path("copy-\(round)")), at: scene.node(1))
        }
    }

    static let refusedMove = Tale(
        "A file goes from one of two places to the other and back: a move between them never finds both"
    ) { world in
        let scene = Scene(world)
        let (left, right) = (scene.path("left"), scene.path("right"))
        _ = await scene.ada.perform(.write(left, scene.body(40)), at: scene.node(1))
        world.turns.share = CommitTurns.Share(looks: 400)
        world.turns.longest = .milliseconds(5)
        let change: @Sendable (SimulatedClient, SimulatedNode) async -> Void = { client, node in
            for _ in 0..<60 {
                _ = await client.perform(.move(left, to: right), at: node)
                _ = await client.perform(.move(right, to: left), at: node)
            }
        }
        await scene.meanwhile {
            await change(scene.ada, scene.node(1))
        } _: {
            await change(scene.bob, scene.node(2))
        }
    }

    static let modeAgainstWrite = Tale(
        "A file is written while its mode is set, 40 times: the answer tells the file that the change left"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(40)), at: scene.node(1))
        scene.holdCommits(0, atMost: .milliseconds(30), byTime: true)
        for round in 0..<40 {
            world.turns.share.commits = 1_000
            await scene.meanwhile {
                let mode = FileMode(rawValue: round % 2 == 0 ? 0o600 : 0o640)
                _ = await scene.ada.perform(
                    .setAttributes(path, NewAttributes(mode: mode)), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(500 + 60 * round))
                // What is under way by now waits; the write does not.
                world.turns.share.commits = 0
                _ = await scene.bob.perform(.write(path, scene.body(41 + round)), at: scene.node(2))
                _ = await scene.bob.perform(.stat(path), at: scene.node(2))
            }
        }
    }

    static let hardLinks = Tale(
        "A second name of a file is made while the first goes, 40 times, and no count of names is wrong"
    ) { world in
        let scene = Scene(world)
        scene.holdCommits()
        for round in 0..<40 {
            let (first, second) = (scene.path("first-\(round)"), scene.path("second-\(round)"))
            _ = await scene.ada.perform(.write(first, scene.body(64)), at: scene.node(1))
            await scene.meanwhile {
                _ = await scene.ada.perform(.link(first, to: second), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(20 * round))
                _ = await scene.bob.perform(.remove(first), at: scene.node(2))
            }
            _ = await scene.ada.perform(.read(second), at: scene.node(3))
        }
    }

    static let downloadLinks = Tale(
        "A link is fetched through three nodes at once, 20 times, and one gets it"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(60)), at: scene.node(1))
        for _ in 0..<20 {
            let link = await scene.ada.ask(.issueLink(path), at: scene.node(1)).id
            let wins = Wins()
            await withTaskGroup(of: Void.self) { group in
                for claimant in 1...3 {
                    group.addTask {
                        wins.note(
                            await scene.bob.perform(
                                .redeemLink(link, claimant: claimant), at: scene.node(claimant)))
                    }
                }
            }
            world.expect(wins.outcomes.count(where: \.isOK) == 1)
        }
    }

    /// Confined to the thread of the story.
    private final class Wins: @unchecked Sendable {
        private(set) var outcomes: [Outcome] = []
        func note(_ outcome: Outcome) { outcomes.append(outcome) }
    }
}
