import Domain
import LocalFS
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("Power loss of a local store")
struct PowerLossTests {
    /// A new store on `disk`, three objects from empty to several sectors, one deletion.
    private func workload(_ disk: any Disk, _ history: StoreHistory) async {
        do {
            let store = try await LocalContentStore.open(
                disk: disk, deployment: StoreHistory.deployment, freshID: StoreHistory.store)
            history.didOpen()
            for (number, size) in [1_500, 0, 700].enumerated() {
                let bytes = pattern(size, seed: number)
                history.willWrite(location(number), bytes)
                try await store.put(location(number), bytes)
                history.didWrite(location(number))
            }
            history.willDelete(location(0))
            try await store.delete(location(0))
        } catch {
            // The power is off.
        }
    }

    /// Cuts the power before each call of the workload, and looks at `tries` ways to lose what was not
    /// synced; at one while the store is made, which is hundreds of like calls.
    private func violations(
        tries: Int, stopAtFirst: Bool = false, _ wrap: @Sendable (MemoryDisk) -> any Disk
    ) async -> (found: [String], points: Int) {
        var found: [String] = []
        var point = 0
        while true {
            let disk = MemoryDisk()
            disk.powerOff(at: point)
            let history = StoreHistory()
            await workload(wrap(disk), history)
            var random = SeededGenerator(seed: UInt64(point))
            let tries = history.isOpened ? tries : stopAtFirst ? 0 : 1
            for attempt in 0..<tries {
                let survivor = disk.survivor(using: &random)
                let wrong = await history.violations(on: wrap(survivor))
                found += wrong.map { "power off at call \(point), loss \(attempt): \($0)" }
                if stopAtFirst, !found.isEmpty { return (found, point) }
            }
            if disk.operationCount < point { return (found, point) }
            point += 1
        }
    }

    @Test("Whenever the power goes, what was acknowledged is whole and nothing else is half there")
    func everyPoint() async {
        let (found, points) = await violations(tries: 16) { $0 }
        #expect(found.isEmpty)
        #expect(points > 280)
    }

    struct Forgotten: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: @Sendable (String) -> Bool
        let directory: @Sendable (String) -> Bool

        static let all = [
            Self(testDescription: "the object", file: { $0.hasPrefix(".callfs/tmp/") }, directory: no),
            Self(testDescription: "the marker", file: { $0.hasPrefix(".callfs/store") }, directory: no),
            Self(
                testDescription: "the object's directory", file: no,
                directory: { $0.hasPrefix(".callfs/objects/") }),
            Self(
                testDescription: "the directory of those", file: no,
                directory: { $0 == ".callfs/objects" }),
            Self(testDescription: "the store's directory", file: no, directory: { $0 == ".callfs" }),
            Self(testDescription: "the root", file: no, directory: { $0.isEmpty }),
        ]

        private static let no: @Sendable (String) -> Bool = { _ in false }
    }

    @Test("Each sync that is left out is noticed", arguments: Forgotten.all)
    func everySyncCounts(forgotten: Forgotten) async {
        let (found, _) = await violations(tries: 16, stopAtFirst: true) { disk in
            ForgetfulDisk(disk, forgetsFile: forgotten.file, forgetsDirectory: forgotten.directory)
        }
        #expect(!found.isEmpty)
    }

    @Test(
        "Writers that share directories keep their promises on a disk that fails and loses power at any time",
        arguments: 1...24 as ClosedRange<UInt64>)
    func concurrent(seed: UInt64) {
        let found = concurrentViolations(seed: seed) { $0 }
        #expect(found.isEmpty, "seed \(seed)")
    }

    @Test("The same writers convict a store whose directory syncs are left out")
    func concurrentBites() {
        let convicted = (1...5 as ClosedRange<UInt64>).filter { seed in
            let found = concurrentViolations(seed: seed) {
                ForgetfulDisk($0, forgetsDirectory: { $0.hasPrefix(".callfs/objects/") })
            }
            return !found.isEmpty
        }
        #expect(convicted.count >= 3)
    }

    /// Four writers for a while, a crash at a call that the seed chooses, and what is wrong afterwards; three
    /// times on the same disk.
    private func concurrentViolations(
        seed: UInt64, _ wrap: @escaping @Sendable (MemoryDisk) -> any Disk
    ) -> [String] {
        var random = SeededGenerator(seed: seed)
        let history = StoreHistory()
        let disk = MemoryDisk()
        var found: [String] = []
        for round in 0..<3 {
            let powerOff = disk.operationCount + random.number(in: 300...900)
            disk.powerOff(at: powerOff)
            let faults = DiskFaults(random.fork(), after: disk.operationCount + 290)
            let writers = (0..<4).map {
                RandomWriter(random.fork(), firstID: round * 1_000 + $0 * 100 + 1_000)
            }
            let executor = SeededExecutor(seed: random.next())
            let wentOn = executor.run {
                guard
                    let store = try? await LocalContentStore.open(
                        disk: wrap(disk), deployment: StoreHistory.deployment, freshID: StoreHistory.store)
                else { return }
                history.didOpen()
                disk.setFault { operation throws(DiskError) in try await faults.before(operation) }
                await withTaskGroup(of: Void.self) { group in
                    for writer in writers { group.addTask { await writer.run(store, history) } }
                }
            }
            if !wentOn { return ["everything waits"] }
            disk.setFault(nil)
            for attempt in 0..<4 {
                let survivor = disk.survivor(using: &random)
                let checked = SeededExecutor(seed: 0).collect { await history.violations(on: wrap(survivor)) }
                found += checked.map { "round \(round), loss \(attempt): \($0)" }
            }
            disk.crash(using: &random)
        }
        return found
    }
}
