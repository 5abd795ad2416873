import Domain
import Ports
import SimCore

/// One HTTP exchange over one connection: the pieces of each direction arrive in order, may stop arriving,
/// and may be cut at any point.
///
/// A machine that lost power is silent: its peer learns of that by a reset, when the machine is back or its
/// address answers, or only by its own patience.
final class Connection: @unchecked Sendable {
    let client: Host
    let server: Host
    private let network: Network
    var scheduler: Scheduler { network.scheduler }
    /// The pieces of the request after which the connection breaks; nil for never. Likewise of the answer.
    private let cutAfterPieces: (request: Int?, answer: Int?)
    private var sent = (request: 0, answer: 0)
    private var arrived = (request: 0, answer: 0)
    /// When the latest piece of each direction arrives: the next one arrives later.
    private var latest = (request: MonotonicInstant(nanoseconds: 0), answer: MonotonicInstant(nanoseconds: 0))
    private(set) var isBroken = false
    private var isBreaking = false
    /// What the two ends do when the connection breaks.
    var serverHears: (() -> Void)?
    var clientHears: (() -> Void)?
    /// The simulation's own interest: the server's side ends without an end.
    var whenServerDies: (() -> Void)?

    init(_ network: Network, client: Host, server: Host, cutPerMille: Int) {
        self.network = network
        self.client = client
        self.server = server
        let random = network.random
        if random.happens(perMille: cutPerMille) {
            let place = random.number(in: 0...7)
            cutAfterPieces = place < 4 ? (place, nil) : (nil, place - 4)
        } else {
            cutAfterPieces = (nil, nil)
        }
    }

    /// Carries a piece of the request to the server. `isLost` is called when it is certain that the piece
    /// never arrives.
    func sendRequest(isLost: (() -> Void)? = nil, _ arrive: @escaping () -> Void) {
        if let cut = cutAfterPieces.request, sent.request >= cut {
            isLost?()
            return breakOff(after: latest.request)
        }
        let number = sent.request
        sent.request += 1
        latest.request = carry(client, to: server, after: latest.request, isLost: isLost) {
            // What follows a lost piece never comes.
            guard self.arrived.request == number else {
                isLost?()
                return
            }
            self.arrived.request += 1
            arrive()
        }
    }

    /// Carries a piece of the answer to the client.
    func sendAnswer(_ arrive: @escaping () -> Void) {
        if let cut = cutAfterPieces.answer, sent.answer >= cut {
            return breakOff(after: latest.answer)
        }
        let number = sent.answer
        sent.answer += 1
        latest.answer = carry(server, to: client, after: latest.answer) {
            guard self.arrived.answer == number else { return }
            self.arrived.answer += 1
            arrive()
        }
    }

    private func carry(
        _ source: Host, to target: Host, after last: MonotonicInstant, isLost: (() -> Void)? = nil,
        _ arrive: @escaping () -> Void
    ) -> MonotonicInstant {
        guard !isBroken else {
            isLost?()
            return last
        }
        // A lost packet is sent again and costs time.
        let lost: Duration = network.loses() ? .milliseconds(200) : .zero
        let time = max(last + .nanoseconds(1), network.scheduler.now + network.delay() + lost)
        network.carry(source, to: target, in: time - network.scheduler.now, isLost: isLost) {
            if self.isBroken { isLost?() } else { arrive() }
        }
        return time
    }

    /// Cuts the connection when what was sent before has arrived.
    private func breakOff(after last: MonotonicInstant) {
        guard !isBroken, !isBreaking else { return }
        isBreaking = true
        network.scheduler.after(max(.zero, last - network.scheduler.now) + .nanoseconds(1)) {
            self.breakOff()
        }
    }

    /// Cuts the connection: both ends hear of it, each after a while of its own, unless a wall keeps it.
    func breakOff() {
        guard !isBroken else { return }
        isBroken = true
        network.carry(client, to: server, in: network.delay()) { self.serverHears?() }
        network.carry(server, to: client, in: network.delay()) { self.clientHears?() }
    }

    /// The machine of the server is gone; the client hears it when somebody is there to answer.
    func serverDied(isSilent: Bool) {
        whenServerDies?()
        guard !isBroken else { return }
        isBroken = true
        if !isSilent { network.carry(server, to: client, in: network.delay()) { self.clientHears?() } }
    }

    /// The client turns away; the server hears of it.
    func clientLeft() {
        guard !isBroken else { return }
        isBroken = true
        network.carry(client, to: server, in: network.delay()) { self.serverHears?() }
    }
}
