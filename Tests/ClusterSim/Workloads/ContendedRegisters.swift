import Domain
import SimCheckers
import SimCore
package import SimWorld

/// Everybody changes the same three files, most of the time only if they still are what was read last: of
/// two who know the same content, one may succeed.
package final class ContendedRegisters: Workload, @unchecked Sendable {
    package static let name = "contended-registers"

    private let crowd: Crowd
    private let registers = paths("/r/a", "/r/b", "/c")
    /// The tag that a client saw last, by client and file.
    private var known: [Int: [FilePath: String]] = [:]

    package init(_ world: World) { crowd = Crowd(world) }

    package func work() async {
        await crowd.work { [self] client in
            let register = client.random.element(of: registers)
            let outcome = await client.perform(choose(client, register))
            note(outcome, client, register)
        }
    }

    private func choose(_ client: SimulatedClient, _ register: FilePath) -> Call {
        let tag = known[client.number]?[register]
        let conditions = CallConditions(ifMatch: tag.map { .tag($0) })
        let body = crowd.body(client)
        switch client.random.number(in: 0...9) {
        case 0...3: return .read(register)
        case 4...6: return .write(register, body, WriteOptions(conditions: conditions))
        case 7: return .write(register, body, WriteOptions(conditions: CallConditions(ifNoneMatch: .any)))
        case 8: return .remove(register, conditions)
        default: return .write(register, body, WriteOptions(exclusive: true))
        }
    }

    private func note(_ outcome: Outcome, _ client: SimulatedClient, _ register: FilePath) {
        switch outcome {
        case .ok(.content(_, let state)), .ok(.written(_, let state)):
            // Only with the type it is clear what the tag stands for.
            guard state.mediaType != nil else { return }
            known[client.number, default: [:]][register] = state.tag
        case .ok, .refused, .withdrawn, .unknown: return
        }
    }

    package func check() async -> [String] {
        await crowd.readBack(registers)
        return []
    }
}
