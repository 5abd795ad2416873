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
    /// up is cancelled at the service too, if that can still be heard there; an answer that comes all the
    /// same is given to `tooLate`, which the service does as another call. `whenOver` is called once, when
    /// the work is done or can never be done any more, whatever the caller knows of it.
    func call<Answer: Sendable>(
        patience: Duration, tooLate: (@Sendable (Answer) async -> Void)?, whenOver: (@Sendable () -> Void)?,
        _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer>
}

extension ServiceLink {
    package func call<Answer: Sendable>(
        patience: Duration, tooLate: (@Sendable (Answer) async -> Void)? = nil,
        whenOver: (@Sendable () -> Void)? = nil, _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer> {
        await call(patience: patience, tooLate: tooLate, whenOver: whenOver, work)
    }
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
    /// Of a thousand answers, before how many the service is gone, and for how long at most: nobody who waits
    /// is told anything, and nobody can ask for a while.
    package var vanishingPerMille = 0
    package var vanishingLongest: Duration = .seconds(3)
    /// Raised by a failover: answers of before never leave.
    private var generation = 0

    package init(_ name: String, _ network: Network, _ random: RandomStream) {
        host = network.addHost(name)
        executor = network.scheduler.makeExecutor(name)
        self.network = network
        self.random = random
    }

    /// What is being done, in the order of its coming: how its caller is told that its connection broke.
    private var underWay: [(number: Int, breakOff: () -> Void)] = []
    private var callsTaken = 0

    /// All connections break: what is being done goes on, perhaps for long, and is never told.
    package func dropConnections() {
        generation += 1
        for call in underWay { call.breakOff() }
        underWay = []
    }

    private func note<Answer: Sendable>(_ call: Call<Answer>) -> Int {
        callsTaken += 1
        let network = network
        let host = host
        underWay.append(
            (
                callsTaken,
                {
                    call.isForgotten = true
                    network.send(host, to: call.client) { call.reply.keep(.lost) }
                }
            ))
        return callsTaken
    }

    /// A link from a machine to this service: several connections, or one, on which nothing overtakes.
    package func link(from client: Host, inOrder: Bool = false) -> NetworkLink {
        NetworkLink(client: client, service: self, inOrder: inOrder)
    }

    func receive<Answer: Sendable>(
        _ call: Call<Answer>, _ work: @escaping @Sendable () async -> Answer
    ) {
        guard !isDown else {
            call.whenOver?()
            return network.carry(host, to: call.client, in: network.delay()) {
                call.reply.keep(.unreachable)
            }
        }
        let generation = generation
        let waits = slowness == .zero ? .zero : random.longTail(.zero, slowness)
        network.scheduler.after(waits) {
            guard generation == self.generation, !call.isGivenUp else {
                // It was never begun.
                call.whenOver?()
                return self.network.carry(self.host, to: call.client, in: self.network.delay()) {
                    call.reply.keep(.unreachable)
                }
            }
            let number = self.note(call)
            call.task = self.executor.start("a call of \(call.client.name)") {
                let answer = await work()
                self.underWay.removeAll { $0.number == number }
                call.whenOver?()
                self.send(answer, call, generation)
            }
        }
    }

    private func send<Answer: Sendable>(_ answer: Answer, _ call: Call<Answer>, _ generation: Int) {
        if random.happens(perMille: vanishingPerMille), !isDown {
            dropConnections()
            isDown = true
            network.scheduler.after(random.duration(.milliseconds(1), vanishingLongest)) {
                self.isDown = false
            }
        }
        if generation != self.generation || random.happens(perMille: lostAnswersPerMille) {
            // The connection is gone, which the caller notices, if it can be told at all.
            return network.send(host, to: call.client) { call.reply.keep(.lost) }
        }
        network.send(host, to: call.client) {
            guard call.reply.isKept, let tooLate = call.tooLate else {
                return call.reply.keep(.answer(answer))
            }
            self.network.send(call.client, to: self.host) {
                self.executor.start("a late answer of \(call.client.name)") { await tooLate(answer) }
            }
        }
    }

    /// One call on its way.
    final class Call<Answer: Sendable>: @unchecked Sendable {
        let client: Host
        let reply = Promise<ServiceReply<Answer>>()
        var task: Task<Void, Never>?
        var isGivenUp = false
        /// Its connection is gone: nobody can tell the service that the caller waits no more.
        var isForgotten = false
        let tooLate: (@Sendable (Answer) async -> Void)?
        let whenOver: (@Sendable () -> Void)?

        init(
            client: Host, tooLate: (@Sendable (Answer) async -> Void)?, whenOver: (@Sendable () -> Void)?
        ) {
            self.client = client
            self.tooLate = tooLate
            self.whenOver = whenOver
        }
    }
}

/// A link over the simulated network.
package final class NetworkLink: ServiceLink, @unchecked Sendable {
    private let client: Host
    private let service: Service
    private let inOrder: Bool
    /// When the latest message arrives.
    private var latest = MonotonicInstant(nanoseconds: 0)

    fileprivate init(client: Host, service: Service, inOrder: Bool) {
        self.client = client
        self.service = service
        self.inOrder = inOrder
    }

    private func send(isLost: (() -> Void)? = nil, _ arrive: @escaping () -> Void) {
        let network = service.network
        guard inOrder else {
            return network.send(client, to: service.host, isLost: isLost, arrive: arrive)
        }
        guard network.isOpen(client, to: service.host), !network.loses() else {
            isLost?()
            return
        }
        let now = network.scheduler.now
        latest = max(latest + .nanoseconds(1), now + network.delay())
        network.carry(client, to: service.host, in: latest - now, isLost: isLost, arrive: arrive)
    }

    package func call<Answer: Sendable>(
        patience: Duration, tooLate: (@Sendable (Answer) async -> Void)?, whenOver: (@Sendable () -> Void)?,
        _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer> {
        let network = service.network
        if network.scheduler.isEnding {
            whenOver?()
            return .cancelled
        }
        let call = Service.Call<Answer>(client: client, tooLate: tooLate, whenOver: whenOver)
        let service = service
        send(isLost: whenOver) { service.receive(call, work) }
        network.scheduler.after(patience) { call.reply.keep(.lost) }
        let reply = await call.reply.wait(orWhenCancelled: .cancelled)
        switch reply {
        case .answer, .unreachable: break
        case .lost, .cancelled:
            if call.isForgotten { break }
            send {
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
        patience: Duration, tooLate: (@Sendable (Answer) async -> Void)?, whenOver: (@Sendable () -> Void)?,
        _ work: @escaping @Sendable () async -> Answer
    ) async -> ServiceReply<Answer> {
        defer { whenOver?() }
        return .answer(await work())
    }
}
