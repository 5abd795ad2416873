import Domain
import Testing

@Suite("Leases")
struct LeaseStateMachineTests {
    private let token = FencingToken(7)

    private func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    private func held() -> LeaseStateMachine {
        var machine = LeaseStateMachine(duration: .seconds(30))
        #expect(machine.granted(token, sentAt: at(100)) == .renew(at: at(110)))
        return machine
    }

    @Test("A lease counts from when it was asked for, not from when the answer came")
    func fromTheRequest() {
        #expect(held().state == .held(token, endsAt: at(130)))
    }

    @Test("A confirmed renewal moves the end, a late one loses the lease")
    func renewals() {
        var machine = held()
        #expect(machine.renewed(sentAt: at(110), now: at(112)) == .renew(at: at(120)))
        #expect(machine.state == .held(token, endsAt: at(140)))
        #expect(machine.renewed(sentAt: at(120), now: at(140)) == .stop)
        #expect(machine.state == .lost(token))
        #expect(machine.renewed(sentAt: at(139), now: at(141)) == .none)
        #expect(machine.state == .lost(token))
    }

    @Test("Unanswered renewals are tried again in half of what is left, until nothing is")
    func unanswered() {
        var machine = held()
        #expect(machine.renewalUnanswered(now: at(110)) == .renew(at: at(120)))
        #expect(machine.renewalUnanswered(now: at(120)) == .renew(at: at(125)))
        #expect(machine.reached(at(129)) == .none)
        #expect(machine.reached(at(130)) == .stop)
        #expect(machine.reached(at(131)) == .none)
        #expect(machine.finished() == .none)
    }

    @Test("A denial ends it at once, and what is lost is not given back")
    func denied() {
        var machine = held()
        #expect(machine.denied() == .stop)
        #expect(machine.commitDeadline(storeTime: .epoch, receivedAt: at(101)) == nil)
        #expect(machine.finished() == .none)
    }

    @Test("A held lease is given back, also one that comes after it was given up")
    func release() {
        var machine = held()
        #expect(machine.finished() == .release(token))
        #expect(machine.finished() == .none)
        var late = LeaseStateMachine(duration: .seconds(30))
        #expect(late.finished() == .none)
        #expect(late.granted(token, sentAt: at(1)) == .release(token))
        #expect(late.state == .released)
    }

    @Test("What is planned under it may be committed until it ends, in the store's time")
    func deadline() {
        let sample = WallTime(nanoseconds: 5_000_000_000)
        #expect(held().commitDeadline(storeTime: sample, receivedAt: at(104)) == sample + .seconds(26))
    }

    @Test(
        "Whatever happens, the lease is held only before the end of the last confirmation", arguments: 1...8)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<500 {
            var machine = held()
            var (now, confirmed): (Int64, Int64) = (100, 130)
            for _ in 0..<20 {
                now += Int64(generator.number(below: 20))
                switch generator.number(below: 4) {
                case 0:
                    let sentAt = now - Int64(generator.number(below: 5))
                    let isInTime = now < confirmed
                    _ = machine.renewed(sentAt: at(sentAt), now: at(now))
                    if isInTime { confirmed = max(0, sentAt + 30) } else { confirmed = .min }
                case 1: _ = machine.renewalUnanswered(now: at(now))
                case 2: _ = machine.reached(at(now))
                default: break
                }
                _ = machine.reached(at(now))
                if now >= confirmed { confirmed = .min }
                let expected =
                    confirmed == .min
                    ? LeaseStateMachine.State.lost(token) : .held(token, endsAt: at(confirmed))
                #expect(machine.state == expected, "seed \(seed), round \(round)")
            }
        }
    }
}
