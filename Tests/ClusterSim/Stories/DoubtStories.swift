import Domain
import SimCheckers
import SimCore
import SimWorld

/// Stories of what nobody hears of.
enum DoubtStories {
    static let all = [
        commitAfterPowerCut
    ]

    /// Confined to the thread of the story.
    private final class Count: @unchecked Sendable {
        var late = 0
        var never = 0
    }

    static let commitAfterPowerCut = Tale(
        "Power is cut while a commit is under way, 60 times: it stays in doubt until it is done or lost"
    ) { options in
        options.nodes = 1
        options.clientPatience = .milliseconds(500)
    } _: { world in
        let count = Count()
        // That nothing takes effect after it was settled, every run sees for itself.
        let scene = Scene(world)
        for round in 0..<60 {
            world.metadataService.slowness = .seconds(2)
            let path = scene.path("file-\(round)")
            let cut = Duration.milliseconds(5 * round)
            await scene.meanwhile {
                let (id, outcome) = await scene.ada.ask(.write(path, scene.body(100)))
                guard outcome == .unknown, world.history[id].commits.isEmpty else { return }
                let wasOpen = world.history[id].lastEffect == nil
                await world.pass(.seconds(4))
                if !world.history[id].commits.isEmpty { count.late += 1 } else { count.never += 1 }
                world.expect(wasOpen || world.history[id].commits.isEmpty)
                world.expect(world.history[id].lastEffect != nil)
            } _: {
                await world.pass(cut)
                scene.node(1).crash()
            }
            world.metadataService.slowness = .zero
            scene.node(1).start()
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
            _ = await scene.bob.perform(.read(path))
        }
        world.expect(count.late > 0)
        world.expect(count.never > 0)
    }
}
