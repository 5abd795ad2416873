import Domain
import SimCheckers
import SimWorld

/// Stories of who may do what.
enum RightsStories {
    static let all = [sticky, foreignTree]

    static let sticky = Tale(
        "In a directory with the sticky bit nobody removes or replaces by a move what belongs to another"
    ) { world in
        let scene = Scene(world)
        let directory = scene.path("shared")
        _ = await scene.ada.perform(.makeDirectory(directory), at: scene.node(1))
        _ = await scene.ada.perform(
            .setAttributes(directory, NewAttributes(mode: FileMode(rawValue: 0o1777))), at: scene.node(1))
        let (mine, yours) = (scene.path("shared/mine"), scene.path("shared/yours"))
        _ = await scene.ada.perform(.write(mine, scene.body(40)), at: scene.node(2))
        _ = await scene.bob.perform(.write(yours, scene.body(40)), as: .bob, at: scene.node(3))
        for number in 1...3 {
            let node = scene.node(number)
            world.expect(
                await scene.bob.perform(.remove(mine), as: .bob, at: node) == .refused(.permissionDenied))
            _ = await scene.bob.perform(
                .move(yours, to: mine, MoveOptions(overwrite: true)), as: .bob, at: node)
        }
        world.expect(await scene.bob.perform(.remove(yours), as: .bob, at: scene.node(1)).isOK)
    }

    static let foreignTree = Tale(
        "Nobody removes a tree with something in it that he could not remove alone"
    ) { world in
        let scene = Scene(world)
        let tree = scene.path("open")
        for (place, persona) in [("open", Persona.ada), ("open/mine", .bob), ("open/mine/ada", .ada)] {
            let path = scene.path(place)
            _ = await scene.ada.perform(.makeDirectory(path), as: persona, at: scene.node(1))
            _ = await scene.ada.perform(
                .setAttributes(
                    path, NewAttributes(mode: FileMode(rawValue: place == "open/mine/ada" ? 0o755 : 0o777))),
                as: persona, at: scene.node(1))
        }
        let file = scene.path("open/mine/ada/file")
        _ = await scene.ada.perform(.write(file, scene.body(40)), at: scene.node(2))
        for number in 1...3 {
            _ = await scene.bob.perform(
                .removeTree(scene.path("open/mine")), as: .bob, at: scene.node(number))
            _ = await scene.ada.perform(.stat(file), at: scene.node(3))
        }
        _ = await scene.ada.perform(.remove(file), at: scene.node(2))
        _ = await scene.bob.perform(.removeTree(tree), as: .superuser, at: scene.node(1))
    }
}
