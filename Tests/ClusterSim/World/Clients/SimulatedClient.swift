import Domain
import Ports
package import SimCheckers
package import SimCore

/// A client with a machine of its own: sends calls to nodes and writes into the history what it asked and
/// what it was told.
package final class SimulatedClient: @unchecked Sendable {
    package let number: Int
    package let host: Host
    package let world: World
    /// Draws of this client's program.
    package let random: RandomStream
    /// How long it waits for an answer.
    package var patience: Duration
    private var claims: [OperationID: [Int: String]] = [:]

    init(_ number: Int, in world: World) {
        self.number = number
        self.world = world
        host = world.network.addHost("client-\(number)")
        random = world.streams.stream("client \(number)")
        patience = world.options.clientPatience
    }

    /// Asks one thing of a node, of any by default. Returns what the client knows afterwards.
    @discardableResult
    package func perform(
        _ call: Call, as persona: Persona = .ada, at node: SimulatedNode? = nil
    ) async -> Outcome {
        await ask(call, as: persona, at: node).outcome
    }

    /// The same, with the name of the operation in the history.
    package func ask(
        _ call: Call, as persona: Persona = .ada, at node: SimulatedNode? = nil
    ) async -> (id: OperationID, outcome: Outcome) {
        let node = node ?? random.element(of: world.servers)
        var request = CallCoding.request(call, tokens: world.linkTokens)
        request.fields.append(("authorization", "Bearer " + persona.key))
        if case .redeemLink(let link, let claimant, _) = call {
            request.fields.removeAll { $0.name == "authorization" }
            if let claim = claims[link]?[claimant] { request.fields.append(("x-callfs-claim", claim)) }
        }
        let id = world.begin(call, by: persona.principal, client: number, to: node.host.name)
        let trace = world.scheduler.trace
        trace.note(
            host.name, "asks", UInt64(id.index), UInt64(node.number),
            "#\(id.index) \(call) of \(node.host.name)")
        request.operation = id
        request.onlyLooks = call.onlyLooks
        let reception = await HTTPTraffic(world: world).exchange(
            request, from: host, to: node, patience: patience)
        learn(from: reception, call, id)
        let outcome = world.rot.seenThrough(
            AnswerDecoding.outcome(of: reception, to: call), of: reception)
        if case .answered(let answer) = reception, answer.status == 500 {
            // Nothing that this world does to a node is beyond what a node must expect.
            world.complain("an internal error is answered to operation \(id.index), \(call)")
        }
        trace.note(
            host.name, "knows", UInt64(id.index), Self.number(of: reception), "#\(id.index) \(outcome)")
        world.end(id, outcome)
        if outcome.isSuccess { world.succeeded(call, at: node) }
        return (id, outcome)
    }

    /// Asks under an idempotency key, again and again until it is answered, which is one operation.
    @discardableResult
    package func insist(_ call: Call, as persona: Persona = .ada, under key: String) async -> Outcome {
        let node = random.element(of: world.servers)
        let id = world.begin(call, by: persona.principal, client: number, to: node.host.name)
        var request = CallCoding.request(call, tokens: world.linkTokens)
        request.fields.append(("authorization", "Bearer " + persona.key))
        request.fields.append(("idempotency-key", key))
        request.operation = id
        // What was repeated on the way may be carried out when the client has given up.
        var isInDoubt = world.options.repeatedPerMille > 0
        for attempt in 0..<Self.attemptsMax {
            let target = attempt == 0 ? node : random.element(of: world.servers)
            let (reception, outcome) = await send(request, of: call, to: target)
            world.scheduler.trace.note(
                host.name, "hears", UInt64(id.index), Self.number(of: reception), "#\(id.index) \(outcome)")
            switch outcome {
            case .ok, .refused:
                world.end(id, outcome)
                if outcome.isSuccess { world.succeeded(call, at: target) }
                return outcome
            case .unknown: isInDoubt = true
            case .withdrawn: break
            }
            await rest(.milliseconds(10), .seconds(1))
        }
        let outcome = isInDoubt ? Outcome.unknown : .withdrawn("never taken")
        world.end(id, outcome)
        return outcome
    }

    /// Sends a request, now and then through two nodes at once: then both answers have to be the same one,
    /// since they are to the same key.
    private func send(
        _ request: SentRequest, of call: Call, to node: SimulatedNode
    ) async -> (Reception, Outcome) {
        let (world, host, patience) = (world, host, patience)
        guard random.happens(perMille: world.options.doubledPerMille) else {
            let reception = await HTTPTraffic(world: world).exchange(
                request, from: host, to: node, patience: patience)
            return (reception, AnswerDecoding.outcome(of: reception, to: call))
        }
        let nodes = [node, random.element(of: world.servers)]
        let answers = await withTaskGroup(of: (Int, Reception, Outcome).self) { group in
            for (index, target) in nodes.enumerated() {
                group.addTask {
                    let reception = await HTTPTraffic(world: world).exchange(
                        request, from: host, to: target, patience: patience)
                    return (index, reception, AnswerDecoding.outcome(of: reception, to: call))
                }
            }
            var answers: [(Int, Reception, Outcome)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        let known = answers.filter { $0.2.isDecided }
        if known.count == 2, known[0].2.isSuccess != known[1].2.isSuccess {
            world.complain(
                "P1: one key has two answers: \(call), \(known[0].2) and \(known[1].2)")
        }
        if known.count == 2 { world.probe(.keyAnsweredTwice) }
        // Where one may have been carried out and the other was not taken, nobody knows.
        let chosen = known.first ?? answers.first { $0.2 == .unknown } ?? answers[0]
        return (chosen.1, chosen.2)
    }

    /// Enough to outlast most outages.
    private static let attemptsMax = 12

    private static func number(of reception: Reception) -> UInt64 {
        switch reception {
        case .refused: 1
        case .gone: 2
        case .answered(let answer): UInt64(answer.status) << 32 | UInt64(answer.body.count)
        }
    }

    /// Keeps what later calls need: the token of a link, the claim on one.
    private func learn(from reception: Reception, _ call: Call, _ id: OperationID) {
        guard case .answered(let answer) = reception else { return }
        switch call {
        case .issueLink:
            guard case .object(let members)? = (try? JSONReader.parse(answer.body))?.value,
                case .string(let token)? = members.first(where: { $0.name == "token" })?.node.value
            else { return }
            world.linkTokens[id] = token
        case .redeemLink(let link, let claimant, _):
            if let claim = answer.fields.first("x-callfs-claim") {
                claims[link, default: [:]][claimant] = claim
            }
        default: break
        }
    }

    /// Waits, as a program does between two requests.
    package func rest(_ shortest: Duration, _ longest: Duration) async {
        await world.pass(random.duration(shortest, longest))
    }
}
