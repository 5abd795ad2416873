import Domain
import LocalFS
import Memory
import PortContracts
import Ports
import Synchronization
import TestSupport

/// A client that writes fresh objects into two shards and sometimes deletes one, until it was refused often.
final class RandomWriter: Sendable {
    private let random: Mutex<SeededGenerator>
    private let firstID: Int

    init(_ random: SeededGenerator, firstID: Int) {
        self.random = Mutex(random)
        self.firstID = firstID
    }

    func run(_ store: LocalContentStore, _ history: StoreHistory) async {
        var mine: [LocationID] = []
        for number in 0..<30 {
            let (size, deletes) = random.withLock { random in
                (random.number(in: 0...1_600), random.happens(Ratio(1, of: 4)))
            }
            let id = Self.id(firstID + number)
            let bytes = pattern(size, seed: firstID + number)
            history.willWrite(id, bytes)
            // A task of its own, because the fault may cancel it.
            let stored = await withTaskGroup(of: Bool.self) { group in
                group.addTask { (try? await store.put(id, bytes)) != nil }
                return await group.next() ?? false
            }
            if stored {
                history.didWrite(id)
                mine.append(id)
            }
            if deletes, let id = mine.popLast() {
                history.willDelete(id)
                try? await store.delete(id)
            }
        }
    }

    /// The last byte is the shard.
    private static func id(_ number: Int) -> LocationID {
        LocationID(
            Identifier(
                time: WallTime(nanoseconds: 0), randomHigh: 0,
                randomLow: UInt64(number) << 8 | UInt64(number % 2)))
    }
}

/// Makes calls slow, fails some, and cancels some tasks in the middle.
final class DiskFaults: Sendable {
    private let random: Mutex<SeededGenerator>
    private let start: Int

    /// No failure before the call `start`, so that a store can be opened.
    init(_ random: SeededGenerator, after start: Int) {
        self.random = Mutex(random)
        self.start = start
    }

    func before(_ operation: MemoryDiskOperation) async throws(DiskError) {
        let (turns, failure) = random.withLock { random in
            (random.number(in: 0...3), random.number(in: 0...59))
        }
        for _ in 0..<turns { await Task.yield() }
        guard operation.number >= start else { return }
        switch failure {
        case 0: throw .failed(errno: 5)
        case 1: throw .full
        case 2: withUnsafeCurrentTask { $0?.cancel() }
        default: break
        }
    }
}

extension SeededExecutor {
    /// Runs `body` to its end and returns its result.
    func collect(_ body: @escaping @Sendable () async -> [String]) -> [String] {
        let result = Collected()
        let wentOn = run {
            let strings = await body()
            result.strings.withLock { $0 = strings }
        }
        return wentOn ? result.strings.withLock { $0 } : ["everything waits"]
    }

    private final class Collected: Sendable {
        let strings = Mutex<[String]>([])
    }
}
