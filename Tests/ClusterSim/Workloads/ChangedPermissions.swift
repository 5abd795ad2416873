import Domain
import SimCheckers
import SimCore
package import SimWorld

/// The owner opens and closes directories and files while somebody else, who is nobody to them, tries to use
/// them: who was shut out stays out from the instant of the change (P7).
package final class ChangedPermissions: Workload, @unchecked Sendable {
    package static let name = "changed-permissions"

    private let crowd: Crowd
    private let directories = paths("/p", "/p/q")
    private let files = paths("/p/a", "/p/q/a", "/p/q/b")
    private let modes = [0o700, 0o711, 0o755, 0o777, 0o1777, 0o000].map { FileMode(rawValue: $0) }

    package init(_ world: World) { crowd = Crowd(world) }

    package func setUp() async {
        await crowd.prepare(.makeDirectory(path("/p/q")), as: .ada)
        for file in files { await crowd.prepare(.write(file, crowd.body(crowd.world.clients[0])), as: .ada) }
    }

    package func work() async {
        await crowd.work { [self] client in
            if client.number % 3 == 1 {
                await client.perform(close(client), as: .ada)
            } else {
                let persona = client.random.element(of: [Persona.bob, .bob, .ada, .superuser])
                await client.perform(use(client), as: persona)
            }
        }
    }

    private func close(_ client: SimulatedClient) -> Call {
        let place = client.random.element(of: directories + directories + files)
        return .setAttributes(place, NewAttributes(mode: client.random.element(of: modes)))
    }

    private func use(_ client: SimulatedClient) -> Call {
        let file = client.random.element(of: files)
        switch client.random.number(in: 0...9) {
        case 0...2: return .read(file)
        case 3...4: return .write(file, crowd.body(client, sizes: [16, 400]))
        case 5: return .remove(file)
        case 6: return .list(client.random.element(of: directories))
        case 7: return .move(file, to: client.random.element(of: files), MoveOptions(overwrite: true))
        case 8: return .copy(file, to: client.random.element(of: files), overwrite: true)
        default: return .removeTree(path("/p/q"))
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(files, directories: directories)
        return []
    }
}
