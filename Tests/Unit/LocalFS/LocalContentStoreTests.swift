import Domain
import EventLoop
import HostSystem
import LocalFS
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

private let deployment = DeploymentID(location(900).value)
private let fresh = StoreID(location(901).value)

private func openStore(
    _ disk: any Disk, log: any EventLog = SilentEventLog()
) async throws -> LocalContentStore {
    try await LocalContentStore.open(disk: disk, deployment: deployment, freshID: fresh, log: log)
}

@Suite("Contents on a local disk")
struct LocalContentStoreTests {
    @Test("The contract holds on a disk in memory", arguments: ContentStoreContract.Check.allCases)
    func contractInMemory(check: ContentStoreContract.Check) async throws {
        let contract = ContentStoreContract(isBounded: true) {
            // The marker takes a little.
            try await openStore(MemoryDisk(capacityBytes: ContentStoreContract.capacityBytes + 200))
        }
        try await contract.run(check)
    }

    @Test(
        "The contract holds on a filesystem of the machine in memory",
        arguments: ContentStoreContract.Check.allCases)
    func contractOnFilesystem(check: ContentStoreContract.Check) async throws {
        try await runContract(check, in: TemporaryDirectory(inMemory: true))
    }

    @Test(
        "The contract holds on a disk of the machine",
        arguments: [.roundTrips, .cancellation, .concurrentTransfers] as [ContentStoreContract.Check])
    func contractOnDisk(check: ContentStoreContract.Check) async throws {
        try await runContract(check, in: TemporaryDirectory())
    }

    private func runContract(
        _ check: ContentStoreContract.Check, in directory: TemporaryDirectory
    ) async throws {
        let pool = try BlockingPool(threads: 4)
        let contract = ContentStoreContract(isBounded: false) {
            try await openStore(try PosixDisk(root: directory.path, pool: pool))
        }
        try await contract.run(check)
        pool.stop()
    }

    @Test("What the disk says of a failure reaches the log, and an expected answer does not")
    func reportsFailures() async throws {
        let log = RecordingLog()
        let store = try await openStore(MemoryDisk(capacityBytes: 1 << 20), log: log)
        await #expect(throws: ContentError.notFound) {
            try await store.read(location(1), size: 1, range: 0..<1)
        }
        #expect(log.events.isEmpty)
        await #expect(throws: ContentError.full) {
            try await store.put(location(1), pattern(2 << 20, seed: 1))
        }
        let event = try #require(log.events("the disk of the content store failed").first)
        #expect(event.text("during") == "a write")
    }

    @Test("After failed writes of every kind no temporary file is left")
    func leavesNothing() async throws {
        let disk = MemoryDisk(capacityBytes: 1 << 20)
        let store = try await openStore(disk)
        await #expect(throws: ContentError.full) {
            try await store.put(location(1), pattern(2 << 20, seed: 1))
        }
        await #expect(throws: ContentError.body(.truncated)) {
            try await store.put(location(1), [1], length: 2)
        }
        await #expect(throws: ContentError.full) {
            try await store.put(location(1), pattern(2 << 20, seed: 1), length: nil)
        }
        #expect(try await disk.names(in: ".callfs/tmp").isEmpty)
    }

    @Test(
        "An error at any call of a write is reported, leaves nothing behind, and the next write works",
        arguments: [DiskError.failed(errno: 5), .full])
    func failsAnywhere(error: DiskError) async throws {
        let bytes = pattern(600_000, seed: 1)
        var failed = 0
        for step in 0..<100 {
            let disk = MemoryDisk()
            let store = try await openStore(disk)
            let target = disk.operationCount + step
            disk.setFault { operation throws(DiskError) in
                if operation.number == target { throw error }
            }
            do throws(ContentError) {
                try await store.put(location(1), bytes, length: nil)
                // The call that would have failed is beyond the last one.
                #expect(step == failed)
                #expect(failed >= 6)
                return
            } catch {
                failed += 1
                #expect(error == .unavailable || error == .full)
            }
            disk.setFault(nil)
            #expect(try await store.size(of: location(1)) == nil)
            #expect(try await disk.names(in: ".callfs/tmp").isEmpty)
            try await store.put(location(1), bytes)
            #expect(try await store.get(location(1), size: 600_000) == bytes)
        }
        Issue.record("a write of three pieces takes more than a hundred calls")
    }

    @Test("What could not be removed after a failed write is removed by a later probe")
    func leftovers() async throws {
        let disk = MemoryDisk()
        let store = try await openStore(disk)
        disk.setFault { operation throws(DiskError) in
            if operation.verb == .syncFile || operation.verb == .remove { throw .failed(errno: 5) }
        }
        await #expect(throws: ContentError.unavailable) { try await store.put(location(1), [1]) }
        disk.setFault(nil)
        #expect(try await disk.names(in: ".callfs/tmp").count == 1)
        #expect(await store.probe().isAvailable)
        #expect(try await disk.names(in: ".callfs/tmp").isEmpty)
    }

    @Test("A stream whose object was cut short fails instead of ending early")
    func cutShort() async throws {
        let disk = ShrinkingDisk()
        let store = try await openStore(disk)
        try await store.put(location(1), pattern(1_000, seed: 1))
        let stream = try await store.read(location(1), size: 1_000, range: 0..<1_000)
        disk.shrink()
        await #expect(throws: ByteStreamError.corrupt) { try await stream.collect() }
        let buffer = ByteBuffer(capacity: 1)
        await #expect(throws: ByteStreamError.corrupt) { try await stream.read(into: buffer) }
    }

    @Test("A store whose marker is gone says that it does not work")
    func markerGone() async throws {
        let disk = MemoryDisk()
        let store = try await openStore(disk)
        #expect(await store.probe().isAvailable)
        try await disk.remove(".callfs/store.json")
        #expect(await store.probe() == StoreHealth(isAvailable: false, problem: "its marker is gone"))
    }

    @Test("Strange names among the objects are not listed")
    func strangers() async throws {
        let disk = MemoryDisk()
        let store = try await openStore(disk)
        try await store.put(location(1), [1])
        let misplaced = location(2).description
        for name in ["notes.txt", misplaced.uppercased(), misplaced, "0"] {
            try await disk.write(".callfs/objects/\(wrongShard(of: location(2)))/\(name)", [9])
        }
        #expect(try await store.list(after: nil, limit: 100) == [StoredObject(id: location(1), size: 1)])
    }

    @Test("Reading many more objects than files are kept open gives each its own bytes")
    func manyObjects() async throws {
        let store = try await openStore(MemoryDisk())
        let count = LocalContentStore.Limits.openFilesMax * 2
        for number in 0..<count { try await store.put(location(number), pattern(10, seed: number)) }
        for _ in 0..<2 {
            for number in 0..<count {
                #expect(try await store.get(location(number), size: 10) == pattern(10, seed: number))
            }
        }
    }

    @Test("An object that is read again is opened once, until it is deleted")
    func opensOnce() async throws {
        let disk = MemoryDisk()
        let opened = Counter()
        let store = try await openStore(disk)
        disk.setFault { operation in if operation.verb == .open { opened.increment() } }
        try await store.put(location(1), [1])
        for _ in 0..<10 { #expect(try await store.get(location(1), size: 1) == [1]) }
        #expect(opened.value == 1)
        try await store.delete(location(1))
        await #expect(throws: ContentError.notFound) {
            try await store.read(location(1), size: 1, range: 0..<1)
        }
        #expect(opened.value == 2)
    }

    private func wrongShard(of id: LocationID) -> String {
        id.description.hasSuffix("00") ? "01" : "00"
    }
}
