import Domain
import SimCheckers
import SimWorld

/// Stories of download links.
enum LinkStories {
    static let all = [
        deadOwner, otherFile, resumed, issuerShutOut, deathWhileServing,
    ]

    static let deadOwner = Tale(
        "A link whose bytes lie on a dead node is not used up: when the node is back, the first one is served"
    ) { options in
        options.memberLease = .seconds(2)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
        let link = await scene.ada.ask(.issueLink(path), at: scene.node(1)).id
        scene.node(1).crash()
        await world.pass(.seconds(10))
        for claimant in 1...3 {
            let outcome = await scene.bob.perform(
                .redeemLink(link, claimant: claimant), at: scene.node(2))
            world.expect(outcome == .withdrawn("INSTANCE_UNAVAILABLE"))
        }
        scene.node(1).start()
        _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
        world.expect(await scene.bob.perform(.redeemLink(link, claimant: 4), at: scene.node(2)).isOK)
        world.expect(
            await scene.bob.perform(.redeemLink(link, claimant: 5), at: scene.node(1))
                == .refused(.linkGone))
    }

    static let otherFile = Tale(
        "A link gives the file that it was made for, and none that comes to its path"
    ) { world in
        let scene = Scene(world)
        let (path, other) = (scene.path("file"), scene.path("other"))
        for round in 0..<4 {
            _ = await scene.ada.perform(.write(path, scene.body(500)), at: scene.node(1))
            let link = await scene.ada.ask(.issueLink(path), at: scene.node(2)).id
            if round % 2 == 0 {
                _ = await scene.ada.perform(.write(other, scene.body(500)), at: scene.node(3))
                _ = await scene.ada.perform(
                    .move(other, to: path, MoveOptions(overwrite: true)), at: scene.node(3))
            } else {
                _ = await scene.ada.perform(.remove(path), at: scene.node(3))
                _ = await scene.ada.perform(.write(path, scene.body(500)), at: scene.node(3))
            }
            world.expect(
                await scene.bob.perform(.redeemLink(link, claimant: round), at: scene.node(1))
                    == .refused(.linkGone))
        }
    }

    static let resumed = Tale(
        "Who has a claim goes on with the bytes that it began with, though the file is replaced and gone"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        let value = scene.body()
        _ = await scene.ada.perform(.write(path, value), at: scene.node(1))
        let link = await scene.ada.ask(.issueLink(path), at: scene.node(1)).id
        let again = Call.redeemLink(link, claimant: 1)
        world.expect(await scene.bob.perform(again, at: scene.node(2)).isOK)
        _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(3))
        for round in 1...3 {
            if round == 2 { _ = await scene.ada.perform(.remove(path), at: scene.node(1)) }
            if case .ok(.content(let content, _)) = await scene.bob.perform(again, at: scene.node(round)) {
                world.expect(content == .whole(value))
            }
        }
    }

    static let issuerShutOut = Tale(
        "A link serves nobody while its issuer may not read the file, and is not used up by that"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(500)), at: scene.node(1))
        let link = await scene.ada.ask(.issueLink(path), at: scene.node(1)).id
        for (claimant, mode) in [0, 0o200, 0o400].enumerated() {
            _ = await scene.ada.perform(
                .setAttributes(path, NewAttributes(mode: FileMode(rawValue: UInt16(mode)))),
                at: scene.node(2))
            let outcome = await scene.bob.perform(
                .redeemLink(link, claimant: claimant), at: scene.node(3))
            world.expect(mode == 0o400 ? outcome.isOK : outcome == .refused(.linkGone))
        }
    }

    static let deathWhileServing = Tale(
        "The node that serves a link dies at any of 20 instants: nobody but the first claimant gets a byte"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(60_000)), at: scene.node(2))
        for round in 0..<20 {
            let link = await scene.ada.ask(.issueLink(path), at: scene.node(2)).id
            await scene.meanwhile {
                _ = await scene.bob.perform(.redeemLink(link, claimant: 1), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(250 * round))
                scene.node(1).crash()
                _ = await scene.ada.perform(.redeemLink(link, claimant: 2), at: scene.node(2))
                scene.node(1).start()
            }
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
        }
    }
}
