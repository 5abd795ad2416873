import Domain
import EventLoop
import LocalFS
import Memory
import PortContracts
import Ports
import Synchronization
import TestSupport
import Testing

/// Grouped syncs of one directory, seen through the store: all objects of these tests have their place in one
/// shard.
@Suite("Syncs of a directory that are shared")
struct DirectorySyncTests {
    private let disk = MemoryDisk()

    private func openStore() async throws -> LocalContentStore {
        try await LocalContentStore.open(
            disk: disk, deployment: DeploymentID(location(900).value), freshID: StoreID(location(901).value))
    }

    /// Ids of one shard.
    private func neighbour(_ number: Int) -> LocationID {
        LocationID(
            Identifier(time: WallTime(nanoseconds: 0), randomHigh: 0, randomLow: UInt64(number) << 8 | 0x42))
    }

    @Test("Writers who come while a sync runs share the next one")
    func shares() async throws {
        try await onLoop { try await sharesOnLoop() }
    }

    private func sharesOnLoop() async throws {
        let store = try await openStore()
        let gate = SyncGate()
        disk.setFault { operation throws(DiskError) in try await gate.pass(operation) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.put(neighbour(0), [0]) }
            await gate.waitForArrivals(1)
            for number in 1..<10 { group.addTask { try await store.put(neighbour(number), [1]) } }
            await gate.waitForRenames(10)
            await Self.settle()
            gate.open()
            try await group.waitForAll()
        }
        #expect(gate.arrivals == 2)
        var random = SeededGenerator(seed: 1)
        disk.crash(using: &random)
        for number in 0..<10 { #expect(try await store.size(of: neighbour(number)) == 1) }
    }

    @Test(
        "When a shared sync fails, everyone whose name it might have covered fails, and later writers do not")
    func failsAll() async throws {
        try await onLoop { try await failsAllOnLoop() }
    }

    private func failsAllOnLoop() async throws {
        let store = try await openStore()
        let gate = SyncGate()
        disk.setFault { operation throws(DiskError) in try await gate.pass(operation) }
        let outcomes = await withTaskGroup(of: ContentError?.self) { group in
            for number in 0..<10 {
                group.addTask {
                    do throws(ContentError) {
                        try await store.put(neighbour(number), [1])
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            await gate.waitForRenames(10)
            await Self.settle()
            gate.open(failingWith: .failed(errno: 5))
            var outcomes: [ContentError?] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        #expect(outcomes == Array(repeating: ContentError.unavailable, count: 10))
        #expect(gate.arrivals == 1)
        disk.setFault(nil)
        #expect(try await store.list(after: nil, limit: 10).isEmpty)
        try await store.put(neighbour(20), [1])
        try await store.put(neighbour(3), [1])
    }

    @Test(
        "A writer that is cancelled while it waits leaves at once with its object; the others go on"
    )
    func cancelsWaiter() async throws {
        try await onLoop { try await cancelsWaiterOnLoop() }
    }

    private func cancelsWaiterOnLoop() async throws {
        let store = try await openStore()
        let gate = SyncGate()
        disk.setFault { operation throws(DiskError) in try await gate.pass(operation) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await store.put(neighbour(0), [0]) }
            await gate.waitForArrivals(1)
            let cancelled = Task(executorPreference: EpollLoop.current) {
                try await store.put(neighbour(1), [1])
            }
            group.addTask { try await store.put(neighbour(2), [2]) }
            await gate.waitForRenames(3)
            await Self.settle()
            cancelled.cancel()
            await #expect(throws: ContentError.cancelled) { try await cancelled.value }
            gate.open()
            try await group.waitForAll()
        }
        disk.setFault(nil)
        #expect(try await store.list(after: nil, limit: 9).map(\.id) == [neighbour(0), neighbour(2)])
    }

    @Test("When the writer that syncs for all is cancelled, another one does it")
    func cancelsLeader() async throws {
        try await onLoop { try await cancelsLeaderOnLoop() }
    }

    private func cancelsLeaderOnLoop() async throws {
        let store = try await openStore()
        let gate = SyncGate()
        disk.setFault { operation throws(DiskError) in try await gate.pass(operation) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let leader = Task(executorPreference: EpollLoop.current) {
                try await store.put(neighbour(0), [0])
            }
            await gate.waitForArrivals(1)
            for number in 1..<4 { group.addTask { try await store.put(neighbour(number), [1]) } }
            await gate.waitForRenames(4)
            await Self.settle()
            leader.cancel()
            gate.open()
            await #expect(throws: ContentError.cancelled) { try await leader.value }
            try await group.waitForAll()
        }
        var random = SeededGenerator(seed: 2)
        disk.crash(using: &random)
        disk.setFault(nil)
        for number in 1..<4 { #expect(try await store.size(of: neighbour(number)) == 1) }
    }

    /// Runs on one thread, so that who yields lets all others come to where they wait.
    private func onLoop(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let loop = try EpollLoop()
        try loop.start()
        let outcome = await Task(executorPreference: loop) { try await body() }.result
        loop.stop()
        try outcome.get()
    }

    private static func settle() async {
        for _ in 0..<100 { await Task.yield() }
    }
}

/// Holds syncs of directories until it is opened.
private final class SyncGate: Sendable {
    private struct State {
        var arrivals = 0
        var renames = 0
        var isOpen = false
        var error: DiskError?
    }

    private let state = Mutex(State())

    var arrivals: Int { state.withLock { $0.arrivals } }

    func pass(_ operation: MemoryDiskOperation) async throws(DiskError) {
        if operation.verb == .rename { state.withLock { $0.renames += 1 } }
        guard operation.verb == .syncDirectory else { return }
        state.withLock { $0.arrivals += 1 }
        while !state.withLock({ $0.isOpen }) {
            if Task.isCancelled { throw .cancelled }
            await Task.yield()
        }
        if Task.isCancelled { throw .cancelled }
        if let error = state.withLock({ $0.error }) { throw error }
    }

    func open(failingWith error: DiskError? = nil) {
        state.withLock { state in
            state.error = error
            state.isOpen = true
        }
    }

    func waitForArrivals(_ count: Int) async {
        while state.withLock({ $0.arrivals }) < count { await Task.yield() }
    }

    func waitForRenames(_ count: Int) async {
        while state.withLock({ $0.renames }) < count { await Task.yield() }
    }
}
