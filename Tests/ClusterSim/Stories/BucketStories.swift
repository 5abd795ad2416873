import Domain
import SimCheckers
import SimWorld

/// Stories of contents in a bucket that all nodes share.
enum BucketStories {
    static let all = [
        deadWriter, unreliableBucket,
    ]

    static let deadWriter = Tale(
        "What one node stored in the bucket is served by the others while the first is dead"
    ) { options in
        options.hasBucket = true
    } _: { world in
        let scene = Scene(world)
        for size in [5_000, 60_000, 200_000] {
            let value = scene.body(size)
            world.expect(
                await scene.ada.perform(.write(scene.path("file-\(size)"), value), at: scene.node(1)).isOK
            )
            scene.node(1).crash()
            for number in 2...3 {
                world.expect(await scene.read("file-\(size)", at: scene.node(number)) == value)
            }
            scene.node(1).start()
            _ = await world.wait(atMost: .seconds(60)) { scene.node(1).state == .serving }
        }
    }

    static let unreliableBucket = Tale(
        "Connections to the bucket break and it asks to slow down, 60 times: old or new, whole, and no litter"
    ) { options in
        options.hasBucket = true
        options.refusedByBucketPerMille = 100
        options.cutPerMille = 200
    } _: { world in
        let scene = Scene(world)
        let path = scene.path("file")
        _ = await scene.ada.perform(.write(path, scene.body(100_000)), at: scene.node(1))
        world.letItRain()
        for round in 0..<60 {
            let node = scene.node(1 + round % 3)
            if round % 2 == 0 {
                _ = await scene.ada.perform(.write(path, scene.body(100_000)), at: node)
            } else {
                _ = await scene.bob.perform(.read(path), as: .ada, at: node)
            }
        }
    }
}
