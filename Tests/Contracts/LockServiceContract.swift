import Domain
package import Ports
import Synchronization
package import TestSupport
import Testing

/// A lock service under test, with a clock that stands still.
package struct LockSubject: Sendable {
    /// How many may wait for one resource.
    package static let waitersMax = 20

    package let locks: any LockService
    package let time: ManualTime

    package init(locks: any LockService, time: ManualTime) {
        self.locks = locks
        self.time = time
    }

    fileprivate let resource = LockResource.inode(.root)

    fileprivate func take(
        _ resource: LockResource? = nil, above fence: FencingToken = .none, lease: Duration = .seconds(30),
        wait: Duration = .zero
    ) async throws(LockError) -> Lease {
        try await locks.acquire(resource ?? self.resource, above: fence, lease: lease, wait: wait)
    }

    /// Lets other tasks run until `count` of them sleep on the clock.
    fileprivate func untilAsleep(_ count: Int) async {
        while time.sleeperCount < count { await Task.yield() }
    }
}

/// A value that several tasks change.
private final class Shared<Value: Sendable>: Sendable {
    let value: Mutex<Value>
    init(_ value: Value) { self.value = Mutex(value) }
}

/// The contract of `LockService`.
package enum LockServiceContract {
    package typealias Case = ContractCase<LockSubject>

    package static let cases: [Case] = holding + waiting

    private static let holding: [Case] = [
        Case("A lease lasts as long as it was asked for") { it in
            let lease = try await it.take(lease: .seconds(5))
            #expect(lease.endsAt == it.time.monotonicNow() + .seconds(5))
            #expect(lease.resource == it.resource)
        },
        Case("A token is higher than the fence that the caller has seen") { it in
            let fence = FencingToken(1 << 62)
            let lease = try await it.take(above: fence)
            #expect(lease.token > fence)
            await it.locks.release(lease)
            #expect(try await it.take().token > lease.token)
        },
        Case("What is held is not given to another who does not wait") { it in
            let lease = try await it.take()
            await #expect(throws: LockError.timedOut) { try await it.take() }
            await it.locks.release(lease)
            _ = try await it.take()
        },
        Case("Resources are held apart from each other") { it in
            let name = try FileName("n")
            _ = try await it.take(.inode(.root))
            _ = try await it.take(.name(parent: .root, name))
            _ = try await it.take(.name(parent: .root, FileName("m")))
            await #expect(throws: LockError.timedOut) { try await it.take(.name(parent: .root, name)) }
        },
        Case("Tokens of later leases are higher, whatever the clock does") { it in
            var last = FencingToken.none
            for round in 0..<20 {
                it.time.jumpWall(by: .seconds(round % 2 == 0 ? -10 : 3))
                let lease = try await it.take()
                #expect(lease.token > last)
                last = lease.token
                await it.locks.release(lease)
            }
        },
        Case("A lease that nobody releases ends by itself") { it in
            let first = try await it.take(lease: .seconds(5))
            it.time.advance(by: .seconds(5))
            let second = try await it.take(lease: .seconds(5))
            #expect(second.token > first.token)
        },
        Case("A lease is prolonged while it holds and lost afterwards") { it in
            let lease = try await it.take(lease: .seconds(5))
            it.time.advance(by: .seconds(4))
            let renewed = try await it.locks.renew(lease, by: .seconds(5))
            #expect(renewed.token == lease.token)
            #expect(renewed.endsAt == it.time.monotonicNow() + .seconds(5))
            it.time.advance(by: .seconds(4))
            await #expect(throws: LockError.timedOut) { try await it.take() }
            it.time.advance(by: .seconds(1))
            await #expect(throws: LockError.lost) { try await it.locks.renew(renewed, by: .seconds(5)) }
        },
        Case("A lease that is over neither renews nor releases the next one") { it in
            let old = try await it.take(lease: .seconds(5))
            it.time.advance(by: .seconds(6))
            let new = try await it.take(lease: .seconds(5))
            await it.locks.release(old)
            await #expect(throws: LockError.lost) { try await it.locks.renew(old, by: .seconds(5)) }
            await #expect(throws: LockError.timedOut) { try await it.take() }
            await it.locks.release(new)
            await it.locks.release(new)
            _ = try await it.take()
        },
    ]

    private static let waiting: [Case] = [
        Case("Who waits gets the lease when it is released") { it in
            let first = try await it.take()
            async let second = it.take(wait: .seconds(10))
            await it.untilAsleep(1)
            await it.locks.release(first)
            let later = try await second
            #expect(later.token > first.token)
        },
        Case("Who waits gets the lease when it ends by itself") { it in
            _ = try await it.take(lease: .seconds(5))
            async let second = it.take(lease: .seconds(7), wait: .seconds(10))
            await it.untilAsleep(1)
            it.time.advance(by: .seconds(5))
            let later = try await second
            #expect(later.endsAt == it.time.monotonicNow() + .seconds(7))
        },
        Case("Who waits gives up in time, also when the lease is prolonged again and again") { it in
            var lease = try await it.take(lease: .seconds(5))
            async let second = result { () throws(LockError) in try await it.take(wait: .seconds(10)) }
            for _ in 0..<4 {
                await it.untilAsleep(1)
                it.time.advance(by: .seconds(3))
                if it.time.monotonicNow() < lease.endsAt {
                    lease = try await it.locks.renew(lease, by: .seconds(5))
                }
            }
            let outcome = await second
            #expect(outcome == .failure(.timedOut))
            _ = try await it.locks.renew(lease, by: .seconds(5))
        },
        Case("Waiters are served in the order they came") { it in
            var lease = try await it.take()
            let served = Shared<[Int]>([])
            try await withThrowingTaskGroup(of: Lease.self) { group in
                for index in 0..<10 {
                    group.addTask {
                        let lease = try await it.take(wait: .seconds(10))
                        served.value.withLock { $0.append(index) }
                        return lease
                    }
                    await it.untilAsleep(index + 1)
                }
                for index in 0..<10 {
                    await it.locks.release(lease)
                    lease = try #require(try await group.next())
                    #expect(served.value.withLock { $0.count } == index + 1)
                }
            }
            #expect(served.value.withLock { $0 } == Array(0..<10))
        },
        Case("Who comes later does not overtake who waits") { it in
            let first = try await it.take(lease: .seconds(5))
            async let second = it.take(lease: .seconds(5), wait: .seconds(10))
            await it.untilAsleep(1)
            it.time.advance(by: .seconds(5))
            await #expect(throws: LockError.timedOut) { try await it.take() }
            let later = try await second
            #expect(later.token > first.token)
        },
        Case("A waiter that is cancelled leaves at once, and the next is served") { it in
            let first = try await it.take()
            let outcome = await withTaskGroup(of: Result<Lease, LockError>.self) { group in
                group.addTask {
                    await result { () throws(LockError) in try await it.take(wait: .seconds(10)) }
                }
                await it.untilAsleep(1)
                group.cancelAll()
                return await group.next()
            }
            #expect(outcome == .failure(.cancelled))
            async let second = it.take(wait: .seconds(10))
            await it.untilAsleep(1)
            await it.locks.release(first)
            _ = try await second
        },
        Case("One waiter too many is refused at once") { it in
            let lease = try await it.take()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<LockSubject.waitersMax {
                    group.addTask { _ = try? await it.take(wait: .seconds(10)) }
                    await it.untilAsleep(index + 1)
                }
                await #expect(throws: LockError.timedOut) { try await it.take(wait: .seconds(10)) }
                group.cancelAll()
            }
            await it.locks.release(lease)
            _ = try await it.take()
        },
        Case("At most one holds at any time, and everybody comes to hold") { it in
            let holders = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<25 {
                            let lease = try await it.take(wait: .seconds(10))
                            #expect(
                                holders.value.withLock {
                                    $0 += 1
                                    return $0
                                } == 1)
                            await Task.yield()
                            holders.value.withLock { $0 -= 1 }
                            await it.locks.release(lease)
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
    ]

    private static func result<Value>(
        _ body: () async throws(LockError) -> Value
    ) async -> Result<Value, LockError> {
        do throws(LockError) { return .success(try await body()) } catch { return .failure(error) }
    }
}
