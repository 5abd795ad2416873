import Domain
import SimCheckers
import SimCore
import SimWorld

/// The clients of a workload, and what their programs have in common.
final class Crowd: @unchecked Sendable {
    let world: World
    private var lastNumber: UInt32 = 0

    init(_ world: World) { self.world = world }

    /// How many operations each client does, for the run to have as many as its options say.
    var share: Int { world.options.operations / world.clients.count + 1 }

    /// Every client does its share, all at once.
    func work(_ turn: @escaping @Sendable (SimulatedClient) async -> Void) async {
        let count = share
        await withTaskGroup(of: Void.self) { group in
            for client in world.clients {
                group.addTask {
                    for _ in 0..<count {
                        await turn(client)
                        await client.rest(.zero, .milliseconds(50))
                    }
                }
            }
        }
    }

    /// A body that nobody else writes.
    func body(_ client: SimulatedClient, sizes: [Int] = [16, 40, 200, 1_000, 9_000]) -> BodyValue {
        lastNumber += 1
        return BodyValue(number: lastNumber, size: client.random.element(of: sizes))
    }

    /// Does something in fair weather, again until it is answered.
    func prepare(_ call: Call, as persona: Persona = .superuser) async {
        for _ in 0..<20 {
            switch await world.clients[0].perform(call, as: persona) {
            case .ok, .refused: return
            case .withdrawn, .unknown: await world.pass(.milliseconds(200))
            }
        }
    }

    /// Looks at everything once more, through any node: what was acknowledged must be there (P3).
    func readBack(_ paths: [FilePath], directories: [FilePath] = []) async {
        let client = world.clients[0]
        for path in directories { await client.perform(.list(path), as: .superuser) }
        for path in paths {
            await client.perform(.stat(path), as: .superuser)
            _ = await read(path)
        }
    }

    /// Reads a file through the first node that gives it.
    func read(_ path: FilePath) async -> Outcome {
        for node in world.nodes {
            let outcome = await world.clients[0].perform(.read(path), as: .superuser, at: node)
            switch outcome {
            case .ok, .refused: return outcome
            case .withdrawn, .unknown: continue
            }
        }
        return .unknown
    }
}

/// A path that a program is sure of.
func path(_ text: String) -> FilePath {
    FilePath(names: text.split(separator: "/").map { FileName(validated: String($0)) })
}

func paths(_ texts: String...) -> [FilePath] { texts.map { path($0) } }
