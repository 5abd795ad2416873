import Domain
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("A disk in memory that forgets what was not synced")
struct MemoryDiskTests {
    @Test("The contract of disks holds", arguments: DiskContract.Check.allCases)
    func contract(check: DiskContract.Check) async throws {
        try await DiskContract { MemoryDisk() }.run(check)
    }

    @Test("What was synced, the bytes and each name on the way to them, survives every crash")
    func keepsWhatWasSynced() async throws {
        let disk = MemoryDisk()
        try await disk.makeDirectory("a")
        try await disk.syncDirectory("")
        try await disk.write("a/file", pattern(2_000, seed: 1))
        try await disk.syncDirectory("a")
        try await disk.write("a/other", pattern(10, seed: 2))
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let survivor = disk.survivor(using: &random)
            #expect(try await survivor.read("a/file") == pattern(2_000, seed: 1))
        }
    }

    @Test("A name that was not synced is lost or kept; its bytes may be lost, torn or kept without it")
    func losesWhatWasNot() async throws {
        let disk = MemoryDisk()
        let bytes = pattern(2_000, seed: 1)
        let file = try await disk.create("file")
        try await file.write(buffer(bytes), at: 0)
        var outcomes: Set<String> = []
        var random = SeededGenerator(seed: 8)
        for _ in 0..<2_000 {
            let survivor = disk.survivor(using: &random)
            guard try await survivor.size(of: "file") != nil else {
                outcomes.insert("no name")
                continue
            }
            let found = try await survivor.read("file")
            outcomes.insert(
                found == bytes
                    ? "whole"
                    : found.isEmpty
                        ? "empty" : found.count < bytes.count ? "short" : "of full size, but torn")
        }
        #expect(outcomes == ["no name", "whole", "empty", "short", "of full size, but torn"])
    }

    @Test("A rename that was not synced leaves the old name, the new one, both or none")
    func renames() async throws {
        let disk = MemoryDisk()
        try await disk.makeDirectory("a")
        try await disk.makeDirectory("b")
        try await disk.syncDirectory("")
        try await disk.write("a/file", [1])
        try await disk.syncDirectory("a")
        try await disk.rename("a/file", to: "b/file")
        var outcomes: Set<[Bool]> = []
        var random = SeededGenerator(seed: 9)
        for _ in 0..<500 {
            let survivor = disk.survivor(using: &random)
            outcomes.insert([
                try await survivor.size(of: "a/file") != nil, try await survivor.size(of: "b/file") != nil,
            ])
        }
        #expect(outcomes == [[true, false], [false, true], [true, true], [false, false]])
    }

    @Test("A removal or a directory that was not synced may not have happened")
    func removals() async throws {
        let disk = MemoryDisk()
        try await disk.write("file", [1])
        try await disk.syncDirectory("")
        try await disk.remove("file")
        try await disk.makeDirectory("directory")
        try await disk.write("directory/below", [1])
        try await disk.syncDirectory("directory")
        var outcomes: Set<[String]> = []
        var random = SeededGenerator(seed: 10)
        for _ in 0..<500 { outcomes.insert(try await disk.survivor(using: &random).names(in: "")) }
        #expect(outcomes == [["directory"], ["directory", "file"], ["file"], []])
    }

    @Test("The same seed loses the same")
    func deterministic() async throws {
        let disk = MemoryDisk()
        for index in 0..<20 {
            let file = try await disk.create("file\(index)")
            try await file.write(buffer(pattern(3_000, seed: index)), at: 0)
        }
        for seed in 0..<20 as Range<UInt64> {
            var pair: [[String: [UInt8]]] = []
            for _ in 0..<2 {
                var random = SeededGenerator(seed: seed)
                let survivor = disk.survivor(using: &random)
                var files: [String: [UInt8]] = [:]
                for name in try await survivor.names(in: "") { files[name] = try await survivor.read(name) }
                pair.append(files)
            }
            #expect(pair[0] == pair[1], "seed \(seed)")
        }
    }

    @Test("A crash closes what was open and gives the locks back")
    func crash() async throws {
        let disk = MemoryDisk()
        try await disk.lock("lock")
        let file = try await disk.create("file")
        var random = SeededGenerator(seed: 11)
        disk.crash(using: &random)
        await #expect(throws: DiskError.self) { try await file.write(buffer([1]), at: 0) }
        try await disk.lock("lock")
    }

    @Test("A sync that failed is followed by one that succeeds and has written nothing")
    func syncsThatLie() async throws {
        let disk = MemoryDisk()
        let failed = DiskError.failed(errno: 5)
        let file = try await disk.create("file")
        try await file.write(buffer([1, 2, 3]), at: 0)
        disk.setFault { operation throws(DiskError) in
            if operation.verb == .syncFile || operation.verb == .syncDirectory { throw failed }
        }
        await #expect(throws: failed) { try await file.sync() }
        disk.setFault(nil)
        try await file.sync()
        try await disk.syncDirectory("")
        #expect(try await disk.read("file") == [1, 2, 3])
        try await disk.write("lost", [1])
        disk.setFault { operation throws(DiskError) in
            if operation.verb == .syncDirectory { throw failed }
        }
        await #expect(throws: failed) { try await disk.syncDirectory("") }
        disk.setFault(nil)
        try await disk.write("later", [1])
        try await disk.syncDirectory("")
        var random = SeededGenerator(seed: 12)
        disk.crash(using: &random)
        #expect(try await disk.size(of: "later") == 1)
        #expect(try await disk.size(of: "file") == 0)
        #expect(try await disk.size(of: "lost") == nil)
    }

    @Test("A full disk says so, keeps what it has, and has room again after a removal")
    func capacity() async throws {
        let disk = MemoryDisk(capacityBytes: 1_000)
        try await disk.write("first", pattern(600, seed: 1))
        await #expect(throws: DiskError.full) { try await disk.write("second", pattern(600, seed: 2)) }
        #expect(try await disk.space() == DiskSpace(totalBytes: 1_000, freeBytes: 400))
        let reserved = try await disk.create("reserved")
        await #expect(throws: DiskError.full) { try await reserved.preallocate(401) }
        try await reserved.preallocate(400)
        #expect(try await disk.space().freeBytes == 0)
        try await reserved.write(buffer(pattern(400, seed: 3)), at: 0)
        try await disk.remove("first")
        #expect(try await disk.space().freeBytes == 600)
        try await disk.write("third", pattern(600, seed: 4))
    }

    @Test("After the power is off nothing happens until the crash is over")
    func powerOff() async throws {
        let disk = MemoryDisk()
        try await disk.write("file", [1])
        try await disk.syncDirectory("")
        disk.powerOff(at: disk.operationCount)
        await #expect(throws: DiskError.failed(errno: 5)) { try await disk.remove("file") }
        await #expect(throws: DiskError.failed(errno: 5)) { try await disk.syncDirectory("") }
        var random = SeededGenerator(seed: 13)
        disk.crash(using: &random)
        #expect(try await disk.read("file") == [1])
    }

    @Test("Ageing changes a byte that no program wrote")
    func ageing() async throws {
        let disk = MemoryDisk()
        try await disk.write("file", [1, 2])
        #expect(disk.flipByte(of: "file", at: 1))
        #expect(!disk.flipByte(of: "file", at: 2))
        #expect(!disk.flipByte(of: "none", at: 0))
        #expect(try await disk.read("file") == [1, 0x82])
    }
}
