package import Ports
import Testing

/// What every `Disk` does, whatever it is made of. Each check gets a fresh, empty disk.
package struct DiskContract: Sendable {
    private let makeDisk: @Sendable () async throws -> any Disk

    package init(_ makeDisk: @escaping @Sendable () async throws -> any Disk) { self.makeDisk = makeDisk }

    /// The checks by name, for a parameterized test.
    package enum Check: String, CaseIterable, Sendable {
        case writesAndReads, readsInPieces, createsOnce, renames, removes, keepsOpenFiles, directories
        case refusesPaths, missing, kinds, locks, sizes, cancellation, attributesAndRoom
    }

    package func run(_ check: Check) async throws {
        let disk = try await makeDisk()
        switch check {
        case .writesAndReads: try await writesAndReads(disk)
        case .readsInPieces: try await readsInPieces(disk)
        case .createsOnce: try await createsOnce(disk)
        case .renames: try await renames(disk)
        case .removes: try await removes(disk)
        case .keepsOpenFiles: try await keepsOpenFiles(disk)
        case .directories: try await directories(disk)
        case .refusesPaths: try await refusesPaths(disk)
        case .missing: try await missing(disk)
        case .kinds: try await kinds(disk)
        case .locks: try await locks(disk)
        case .sizes: try await sizes(disk)
        case .cancellation: try await cancellation(disk)
        case .attributesAndRoom: try await attributesAndRoom(disk)
        }
    }

    // MARK: Files

    private func writesAndReads(_ disk: any Disk) async throws {
        for size in [0, 1, 4_095, 4_096, 4_097, 300_000] {
            let bytes = pattern(size, seed: size)
            try await disk.write("file\(size)", bytes)
            #expect(try await disk.read("file\(size)") == bytes)
        }
    }

    private func readsInPieces(_ disk: any Disk) async throws {
        let bytes = pattern(10_000, seed: 1)
        try await disk.write("file", bytes)
        let file = try await disk.open("file")
        defer { file.close() }
        #expect(file.size == 10_000)
        let buffer = ByteBuffer(capacity: 64)
        withUnsafeBytes(of: UInt8(0xEE)) { _ = buffer.append($0) }
        #expect(try await file.read(into: buffer, at: 9_990, limit: 5) == 5)
        #expect(Array(buffer.readable) == [0xEE] + bytes[9_990..<9_995])
        #expect(try await file.read(into: buffer, at: 9_995, limit: 100) == 5)
        #expect(try await file.read(into: buffer, at: 10_000, limit: 1) == 0)
        #expect(try await file.read(into: buffer, at: 99_999, limit: 1) == 0)
        #expect(Array(buffer.readable) == [0xEE] + bytes[9_990...])
        buffer.clear()
        #expect(try await file.read(into: buffer, at: 0, limit: 1_000) == 64)
        #expect(Array(buffer.readable) == Array(bytes[..<64]))
    }

    private func createsOnce(_ disk: any Disk) async throws {
        try await disk.write("file", [1])
        await expect(.exists) { try await disk.create("file") }
        try await disk.makeDirectory("directory")
        await expect(.exists) { try await disk.create("directory") }
        #expect(try await disk.read("file") == [1])
    }

    private func renames(_ disk: any Disk) async throws {
        try await disk.makeDirectory("from")
        try await disk.makeDirectory("to")
        try await disk.write("from/a", [1])
        try await disk.write("to/taken", [2])
        await expect(.exists) { try await disk.rename("from/a", to: "to/taken") }
        #expect(try await disk.read("to/taken") == [2])
        try await disk.rename("from/a", to: "to/b")
        #expect(try await disk.read("to/b") == [1])
        #expect(try await disk.names(in: "from").isEmpty)
        #expect(try await disk.names(in: "to").sorted() == ["b", "taken"])
        await expect(.notFound) { try await disk.rename("from/a", to: "to/c") }
        await expect(.notFound) { try await disk.rename("to/b", to: "nowhere/b") }
    }

    private func removes(_ disk: any Disk) async throws {
        try await disk.write("file", [1])
        try await disk.remove("file")
        await expect(.notFound) { try await disk.remove("file") }
        await expect(.notFound) { try await disk.open("file") }
        try await disk.write("file", [2])
        #expect(try await disk.read("file") == [2])
    }

    private func keepsOpenFiles(_ disk: any Disk) async throws {
        try await disk.write("file", [1, 2, 3])
        let file = try await disk.open("file")
        try await disk.remove("file")
        let buffer = ByteBuffer(capacity: 16)
        #expect(try await file.read(into: buffer, at: 0, limit: 16) == 3)
        file.close()
        file.close()
    }

    // MARK: Directories

    private func directories(_ disk: any Disk) async throws {
        try await disk.makeDirectory("a")
        await expect(.exists) { try await disk.makeDirectory("a") }
        try await disk.makeDirectory("a/b")
        await expect(.notFound) { try await disk.makeDirectory("x/y") }
        for index in 0..<300 { try await disk.write("a/b/name-\(index)", []) }
        let names = try await disk.names(in: "a/b")
        #expect(Set(names) == Set((0..<300).map { "name-\($0)" }))
        #expect(names.count == 300)
        #expect(try await disk.names(in: "") == ["a"])
        try await disk.syncDirectory("")
        try await disk.syncDirectory("a/b")
    }

    private func refusesPaths(_ disk: any Disk) async throws {
        try await disk.makeDirectory("a")
        try await disk.write("a/file", [1])
        let long = String(repeating: "n", count: 256)
        for path in [
            "/", "/a", "..", ".", "../a", "a/..", "a/../a/file", "a/./file", "a//file", "a/", "a/file\0",
            long, "a/" + long, "../../../../etc/passwd", "/etc/passwd",
        ] {
            await expect(.refused, path) { try await disk.open(path) }
            await expect(.refused, path) { try await disk.create(path) }
            await expect(.refused, path) { try await disk.makeDirectory(path) }
            await expect(.refused, path) { try await disk.remove(path) }
            await expect(.refused, path) { try await disk.rename(path, to: "b") }
            await expect(.refused, path) { try await disk.rename("a/file", to: path) }
            await expect(.refused, path) { try await disk.names(in: path) }
            await expect(.refused, path) { try await disk.syncDirectory(path) }
            await expect(.refused, path) { try await disk.size(of: path) }
            await expect(.refused, path) { try await disk.lock(path) }
        }
        await expect(.refused) { try await disk.open("") }
        #expect(try await disk.names(in: "") == ["a"])
        #expect(try await disk.names(in: "a") == ["file"])
    }

    private func missing(_ disk: any Disk) async throws {
        await expect(.notFound) { try await disk.open("x") }
        await expect(.notFound) { try await disk.open("x/y") }
        await expect(.notFound) { try await disk.create("x/y") }
        await expect(.notFound) { try await disk.remove("x/y") }
        await expect(.notFound) { try await disk.names(in: "x") }
        await expect(.notFound) { try await disk.syncDirectory("x") }
        #expect(try await disk.size(of: "x") == nil)
        #expect(try await disk.size(of: "x/y") == nil)
    }

    private func kinds(_ disk: any Disk) async throws {
        try await disk.makeDirectory("directory")
        try await disk.write("file", [1])
        await expect(.refused) { try await disk.open("directory") }
        await expect(.refused) { try await disk.remove("directory") }
        await expect(.refused) { try await disk.size(of: "directory") }
        await expect(.refused) { try await disk.names(in: "file") }
        await expect(.refused) { try await disk.syncDirectory("file") }
        await expect(.refused) { try await disk.open("file/below") }
        await expect(.refused) { try await disk.create("file/below") }
    }

    // MARK: The rest

    private func locks(_ disk: any Disk) async throws {
        try await disk.lock("lock")
        await expect(.locked) { try await disk.lock("lock") }
        await disk.unlock("lock")
        await disk.unlock("lock")
        try await disk.lock("lock")
        await disk.unlock("lock")
        #expect(try await disk.names(in: "") == ["lock"])
    }

    private func sizes(_ disk: any Disk) async throws {
        let file = try await disk.create("file")
        #expect(file.size == 0)
        try await file.write(buffer([1, 2, 3]), at: 0)
        try await file.write(buffer([9]), at: 1)
        try await file.write(buffer([4, 5]), at: 3)
        #expect(file.size == 5)
        try await file.sync()
        file.close()
        #expect(try await disk.size(of: "file") == 5)
        #expect(try await disk.read("file") == [1, 9, 3, 4, 5])
    }

    private func cancellation(_ disk: any Disk) async throws {
        try await disk.write("file", [1])
        let outcomes = await withTaskGroup(of: [DiskError?].self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                var outcomes: [DiskError?] = []
                outcomes.append(await failure { try await disk.open("file") })
                outcomes.append(await failure { try await disk.create("new") })
                outcomes.append(await failure { try await disk.makeDirectory("directory") })
                outcomes.append(await failure { try await disk.names(in: "") })
                outcomes.append(await failure { try await disk.syncDirectory("") })
                outcomes.append(await failure { try await disk.remove("file") })
                return outcomes
            }
            return await group.next() ?? []
        }
        #expect(outcomes == [.cancelled, .cancelled, .cancelled, .cancelled, .cancelled, nil])
        #expect(try await disk.names(in: "").isEmpty)
    }

    private func attributesAndRoom(_ disk: any Disk) async throws {
        let file = try await disk.create("file")
        try await file.preallocate(1 << 20)
        try await file.setAttribute("callfs.test", [1, 2, 3])
        try await file.write(buffer([7]), at: 0)
        #expect(file.size == 1)
        file.close()
        #expect(try await disk.size(of: "file") == 1)
        await expect(.full) { try await disk.create("huge").preallocate(1 << 43) }
        let space = try await disk.space()
        #expect(space.totalBytes > 0)
        #expect(space.freeBytes <= space.totalBytes)
    }

    private func expect<Value>(
        _ error: DiskError, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws -> Value
    ) async {
        let outcome = await failure(work)
        #expect(outcome == error, "\(what)", sourceLocation: sourceLocation)
    }
}

/// The error that `work` throws; nil when it succeeds.
private func failure<Value>(_ work: () async throws -> Value) async -> DiskError? {
    do {
        _ = try await work()
        return nil
    } catch let error as DiskError {
        return error
    } catch {
        Issue.record("not an error of a disk: \(error)")
        return nil
    }
}
