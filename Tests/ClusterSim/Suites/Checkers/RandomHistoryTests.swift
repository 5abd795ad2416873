import Domain
import Testing

@testable import SimCheckers

@Suite("Random histories")
struct RandomHistoryTests {
    @Test("What a correct filesystem answered is acquitted, whatever overlapped and whatever was lost")
    func acquitted() {
        for seed in UInt64(0)..<12 {
            var shape = RandomHistory.Shape()
            shape.lost = Ratio(seed % 3, of: 10)
            shape.links = seed % 2 == 1
            shape.isHinted = seed % 4 > 1
            let findings = Linearizability.check(RandomHistory.make(seed: seed, shape))
            #expect(findings.isEmpty, "seed \(seed): \(findings)")
        }
    }

    @Test("The search and the definition give one verdict on all small histories")
    func agrees() {
        var convicted = 0
        for seed in UInt64(0)..<400 {
            var shape = RandomHistory.Shape()
            shape.operations = 7
            shape.clients = 4
            shape.lost = Ratio(1, of: 3)
            shape.names = ["/d", "/d/a", "/d/b"]
            shape.links = seed % 4 == 0
            var generator = SeededGenerator(seed: seed)
            let history = Mutant(RandomHistory.make(seed: seed, shape), &generator)?.history
            guard let history else { continue }
            var definition = BruteForce(history)
            let expected = definition.isLinearizable()
            #expect(Linearizability.check(history).isEmpty == expected, "seed \(seed)")
            if !expected { convicted += 1 }
        }
        #expect(convicted > 50, "mutants that nobody convicts prove nothing")
    }

    @Test("So do they where operations do not see each other, and listings see several")
    func agreesInOneDirectory() {
        var convicted = 0
        for seed in UInt64(0)..<300 {
            var shape = RandomHistory.Shape()
            shape.operations = 8
            shape.clients = 5
            shape.lost = Ratio(1, of: 2)
            shape.names = ["/d/a", "/d/b"]
            shape.directory = "/d"
            shape.isHinted = seed % 4 > 1
            var generator = SeededGenerator(seed: seed)
            let original = RandomHistory.make(seed: seed, shape)
            let history = seed % 2 == 0 ? original : Mutant(original, &generator)?.history
            guard let history else { continue }
            var definition = BruteForce(history)
            let expected = definition.isLinearizable()
            #expect(Linearizability.check(history).isEmpty == expected, "seed \(seed)")
            if !expected { convicted += 1 }
        }
        #expect(convicted > 20, "mutants that nobody convicts prove nothing")
    }

    @Test("A stale read, a lost update and a wrong listing are convicted, but for those that fit by chance")
    func convicted() {
        var total = 0
        var convicted = 0
        for seed in UInt64(0)..<14 {
            var shape = RandomHistory.Shape()
            shape.lost = Ratio(1, of: 50)
            var generator = SeededGenerator(seed: seed &* 7919)
            guard let mutant = Mutant(RandomHistory.make(seed: seed, shape), &generator) else { continue }
            total += 1
            if !Linearizability.check(mutant.history).isEmpty { convicted += 1 }
        }
        #expect(total > 8)
        #expect(convicted * 100 >= total * 85, "\(convicted) of \(total)")
    }
}

/// A history with one answer that was told wrong.
struct Mutant {
    let history: History

    /// Nil when there is nothing in it that could be told wrong.
    init?(_ original: History, _ generator: inout SeededGenerator) {
        let answered = original.operations.filter { operation in
            if case .ok = operation.outcome { return true }
            return operation.outcome == .refused(.notFound)
        }
        guard !answered.isEmpty else { return nil }
        let victim = generator.element(of: answered)
        guard let wrong = Self.wrong(victim, original, &generator) else { return nil }
        history = original.with(wrong, for: victim.id)
    }

    private static func wrong(
        _ operation: Operation, _ history: History, _ generator: inout SeededGenerator
    ) -> Outcome? {
        switch operation.outcome {
        case .ok(.content(.whole(let body), var state)):
            let bodies = history.operations.compactMap { other -> BodyValue? in
                if case .write(_, let written, _) = other.call, written != body { return written }
                return nil
            }
            guard !bodies.isEmpty else { return .refused(.notFound) }
            let other = generator.element(of: bodies)
            state.size = other.size
            state.tag = other.tag
            return .ok(.content(.whole(other), state))
        case .ok(.page(let entries, let hasMore)):
            var entries = entries
            guard !entries.isEmpty else { return .refused(.notFound) }
            entries.remove(at: Int(generator.number(below: UInt64(entries.count))))
            return .ok(.page(entries, hasMore: hasMore))
        case .ok(.written(let isNew, let state)): return .ok(.written(isNew: !isNew, state))
        case .ok(.nothing): return .refused(.notFound)
        case .ok(.attributes(var state)):
            state.mode = FileMode(rawValue: (state.mode?.rawValue ?? 0) ^ 0o1)
            return .ok(.attributes(state))
        case .refused(.notFound):
            if case .remove = operation.call { return .ok(.nothing) }
            return .refused(.alreadyExists)
        case .ok, .refused, .withdrawn, .unknown: return nil
        }
    }
}

extension History {
    /// The same, with another answer to one operation.
    func with(_ outcome: Outcome, for id: OperationID) -> History {
        var copy = History(root: root)
        var events: [(event: Int, act: (inout History) -> Void)] = []
        for operation in operations {
            events.append(
                (
                    operation.invoked,
                    {
                        _ = $0.begin(
                            operation.call, by: operation.principal, client: operation.client,
                            to: operation.node,
                            at: operation.invoked)
                    }
                ))
            for place in operation.commits {
                events.append((operation.invoked, { $0.commit(operation.id, at: place) }))
            }
            if let completed = operation.completed {
                let told = operation.id == id ? outcome : operation.outcome
                events.append((completed, { $0.end(operation.id, told, at: completed) }))
            }
            if let settled = operation.lastEffect {
                events.append((settled, { $0.settle(operation.id, at: settled) }))
            }
        }
        for event in events.sorted(by: { $0.event < $1.event }) { event.act(&copy) }
        return copy
    }
}
