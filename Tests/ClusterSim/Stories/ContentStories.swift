import Domain
import Memory
import Ports
import Services
import SimCheckers
import SimWorld

/// Stories of bytes and of what refers to them.
enum ContentStories {
    static let all = [
        bitRot, failedSyncs, halfOfSyncsFail, copyOutlivesOriginal, copiedTree, slowUpload, orphans,
        graceOfReaders,
    ]

    /// The files in which a node keeps its contents, in the order of their names.
    private static func objects(of node: SimulatedNode) async -> [String] {
        let top = ".callfs/objects"
        var found: [String] = []
        for shard in (try? await node.disk.names(in: top)) ?? [] {
            found += ((try? await node.disk.names(in: "\(top)/\(shard)")) ?? []).map {
                "\(top)/\(shard)/\($0)"
            }
        }
        return found
    }

    static let bitRot = Tale(
        "A byte flips on a disk: the answer's digest gives it away, and so does a look at the store"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        world.expect(await scene.ada.perform(.write(path, scene.body(9_000)), at: scene.node(1)).isOK)
        let request = SentRequest(.get, "/v1/files/file")
        func isWhatItSays(_ number: Int) async -> Bool? {
            guard let answer = await world.answer(to: request, from: scene.ada, at: scene.node(number)),
                let digest = answer.fields.first("repr-digest")
            else { return nil }
            let running = world.hash.startDigest(.sha256)
            answer.body.withUnsafeBytes { running.update($0) }
            return digest == "sha-256=:\(Base64.encode(running.finish())):"
        }
        world.expect(await isWhatItSays(1) == true)
        world.expect(await isWhatItSays(2) == true)
        let object = await Self.objects(of: scene.node(1)).first
        world.expect(object.map { scene.node(1).disk.flipByte(of: $0, at: 4_321) } == true)
        world.expect(await isWhatItSays(1) == false)
        world.expect(await isWhatItSays(2) == false)
        let inventory = try? await Aftermath(world).inventory()
        world.expect(inventory.map { NothingLeaks.check($0).map(\.promise) } == [.nothingLeaks])
        var reports: [String] = []
        _ = try? await scene.node(1).node?.checkStores { reports.append($0) }
        world.expect(reports.count == 1 && reports.first?.contains("digest is wrong") == true)
        world.expect(await scene.ada.perform(.remove(path), at: scene.node(1)).isOK)
    }

    static let failedSyncs = Tale(
        "A sync that fails, 30 times: the upload is refused, and what was there stays, power cuts or not"
    ) { world in
        let scene = Scene(world)
        let path = scene.path("file")
        let value = scene.body()
        world.expect(await scene.ada.perform(.write(path, value), at: scene.node(1)).isOK)
        for round in 0..<30 {
            scene.node(1).failSyncs(perMille: 1_000)
            let outcome = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            world.expect(!outcome.isOK)
            scene.node(1).failSyncs(perMille: 0)
            if round % 10 == 9 {
                scene.node(1).crash()
                scene.node(1).start()
                _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
            }
            world.expect(await scene.read("file", at: scene.node(1)) == value)
        }
    }

    static let halfOfSyncsFail = Tale(
        "Half of all syncs fail, in 30 rounds with a power cut each: what was acknowledged is there"
    ) { options in
        options.nodes = 1
    } _: { world in
        let scene = Scene(world)
        for round in 0..<30 {
            let path = "file-\(round)"
            let value = scene.body()
            scene.node(1).failSyncs(perMille: 300)
            let outcome = await scene.ada.perform(.write(scene.path(path), value), at: scene.node(1))
            scene.node(1).failSyncs(perMille: 0)
            scene.node(1).crash()
            scene.node(1).start()
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
            if outcome.isOK { world.expect(await scene.read(path, at: scene.node(1)) == value) }
        }
    }

    static let copyOutlivesOriginal = Tale(
        "A copy keeps its bytes when the original goes and its grace is over, through all nodes"
    ) { options in
        options.node.reclaimGrace = .seconds(1)
        options.node.maintenanceInterval = .milliseconds(200)
    } _: { world in
        let scene = Scene(world)
        let value = scene.body()
        _ = await scene.ada.perform(.write(scene.path("file"), value), at: scene.node(1))
        for number in 1...3 {
            let (from, to) = ("file" + (number == 1 ? "" : "-\(number - 1)"), "file-\(number)")
            world.expect(
                await scene.ada.perform(
                    .copy(scene.path(from), to: scene.path(to)), at: scene.node(number)
                )
                .isOK)
            world.expect(
                await scene.bob.perform(.remove(scene.path(from)), as: .ada, at: scene.node(2)).isOK)
            await world.pass(.seconds(10))
            world.expect(await scene.read(to, at: scene.node(number)) == value)
        }
    }

    static let copiedTree = Tale(
        "A tree is copied while files move about in it, 40 times: the copy is of one instant"
    ) { world in
        let scene = Scene(world)
        for name in ["tree/a/one", "tree/b/two"] {
            _ = await scene.ada.perform(.write(scene.path(name), scene.body(40)), at: scene.node(1))
        }
        for round in 0..<40 {
            let (from, to) = round % 2 == 0 ? ("a", "b") : ("b", "a")
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .copy(scene.path("tree"), to: scene.path("copy-\(round)")), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(60 * round))
                _ = await scene.bob.perform(
                    .move(scene.path("tree/\(from)/one"), to: scene.path("tree/\(to)/one")), as: .ada,
                    at: scene.node(2))
            }
            for name in ["a", "b"] {
                _ = await scene.ada.perform(.list(scene.path("copy-\(round)/\(name)")), at: scene.node(3))
            }
        }
    }

    static let slowUpload = Tale(
        "An upload that is under way for longer than the sweep waits is refused, and its bytes are swept"
    ) { options in
        options.node.lease = .seconds(600)
        options.clientPatience = .seconds(2_000)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        let value = scene.body()
        world.expect(await scene.ada.perform(.write(path, value), at: scene.node(2)).isOK)
        for round in 0..<6 {
            await scene.meanwhile {
                _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(600 * round))
                scene.node(1).pause()
                await world.pass(.seconds(900))
                scene.node(1).resume()
            }
            _ = await scene.bob.perform(.read(path), as: .ada, at: scene.node(3))
        }
    }

    static let orphans = Tale(
        "A node that dies in the middle of 20 uploads leaves bytes that nobody refers to, and sweeps them"
    ) { options in
        options.nodes = 1
    } _: { world in
        let scene = Scene(world)
        var left = 0
        for round in 0..<20 {
            await scene.meanwhile {
                _ = await scene.ada.perform(
                    .write(scene.path("file"), scene.body(20_000)), at: scene.node(1))
            } _: {
                await world.pass(.microseconds(400 + 100 * round))
                scene.node(1).crash()
                scene.node(1).start()
            }
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
            left = max(left, await Self.objects(of: scene.node(1)).count)
        }
        world.expect(left > 1)
        await world.pass(.seconds(600))
        world.expect(await Self.objects(of: scene.node(1)).count <= 1)
    }

    static let graceOfReaders = Tale(
        "A sweep runs when an old file was just replaced under somebody who is about to read it"
    ) { options in
        options.nodes = 1
        options.node.maintenanceInterval = .milliseconds(20)
        options.node.sweepInterval = .milliseconds(400)
        options.node.sweepAge = .seconds(60)
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        for _ in 0..<2 {
            _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            await world.pass(.seconds(90))
            world.turns.share = CommitTurns.Share(looks: 1_000)
            world.turns.share.isByTime = true
            world.turns.longest = .seconds(2)
            await scene.meanwhile {
                world.expect(await scene.bob.perform(.read(path), as: .ada, at: scene.node(1)).isOK)
            } _: {
                await world.pass(.milliseconds(1))
                world.turns.share = .none
                _ = await scene.ada.perform(.write(path, scene.body()), at: scene.node(1))
            }
        }
    }
}
