import Domain
package import SimCore

/// What became of a call to a service.
package enum ServiceReply<Answer: Sendable>: Sendable {
    case answer(Answer)
    /// It never reached the service, and never will.
    case unreachable
    /// No answer: it may have been done, or may still be.
    case lost
    /// The caller was cancelled; it may have been done, or may still be.
    case cancelled
}

/// The way from a node to a service.
package protocol ServiceLink: Sendable {
    /// Has `work` done by the service. `patience` is how long the caller waits. A call that the caller gives
    /// up is cancelled at the service too, if that can still be heard there.
    func call<Answer: Sendable>(
        patience: Duration, _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer>
}

/// A service that all nodes share: a process of its own, which can be down, slow, or fail over.
package final class Service: @unchecked Sendable {
    package let host: Host
    package let executor: NodeExecutor
    package let network: Network
    private let random: RandomStream
    /// Connections are refused.
    package var isDown = false
    /// What a call waits for before it is looked at, at most.
    package var slowness: Duration = .zero
    /// Of a thousand answers, how many connections break after the work was done and before it was told.
    package var lostAnswersPerMille = 0
    /// Raised by a failover: answers of before never leave.
    private var generation = 0

    package init(_ name: String, _ network: Network, _ random: RandomStream) {
        host = network.addHost(name)
        executor = network.scheduler.makeExecutor(name)
        self.network = network
        self.random = random
    }

    /// All connections break; what was being answered is never told.
    package func dropConnections() { generation += 1 }

    /// A link from a machine to this service.
    package func link(from client: Host) -> NetworkLink { NetworkLink(client: client, service: self) }

    func receive<Answer: Sendable>(
        _ call: Call<Answer>, _ work: @escaping @Sendable () async -> Answer
    ) {
        guard !isDown else {
            return network.carry(host, to: call.client, in: network.delay()) {
                call.reply.keep(.unreachable)
            }
        }
        let generation = generation
        let waits = slowness == .zero ? .zero : random.longTail(.zero, slowness)
        network.scheduler.after(waits) {
            guard generation == self.generation, !call.isGivenUp else {
                // It was never begun.
                return self.network.carry(self.host, to: call.client, in: self.network.delay()) {
                    call.reply.keep(.unreachable)
                }
            }
            call.task = self.executor.start("a call of \(call.client.name)") {
                let answer = await work()
                self.send(answer, call, generation)
            }
        }
    }

    private func send<Answer: Sendable>(_ answer: Answer, _ call: Call<Answer>, _ generation: Int) {
        if generation != self.generation || random.happens(perMille: lostAnswersPerMille) {
            // The connection is gone, which the caller notices, if it can be told at all.
            return network.send(host, to: call.client) { call.reply.keep(.lost) }
        }
        network.send(host, to: call.client) { call.reply.keep(.answer(answer)) }
    }

    /// One call on its way.
    final class Call<Answer: Sendable>: @unchecked Sendable {
        let client: Host
        let reply = Promise<ServiceReply<Answer>>()
        var task: Task<Void, Never>?
        var isGivenUp = false

        init(client: Host) { self.client = client }
    }
}

/// A link over the simulated network.
package struct NetworkLink: ServiceLink {
    let client: Host
    let service: Service

    package func call<Answer: Sendable>(
        patience: Duration, _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer> {
        let network = service.network
        if network.scheduler.isEnding { return .cancelled }
        let call = Service.Call<Answer>(client: client)
        network.send(client, to: service.host) { service.receive(call, work) }
        network.scheduler.after(patience) { call.reply.keep(.lost) }
        let reply = await call.reply.wait(orWhenCancelled: .cancelled)
        switch reply {
        case .answer, .unreachable: break
        case .lost, .cancelled:
            network.send(client, to: service.host) {
                call.isGivenUp = true
                call.task?.cancel()
            }
        }
        return reply
    }
}

/// A link that is not there: for the contracts of the ports, which know no faults.
package struct DirectLink: ServiceLink {
    package init() {}

    package func call<Answer: Sendable>(
        patience: Duration, _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer> {
        .answer(await work())
    }
}
