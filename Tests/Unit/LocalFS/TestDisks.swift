import Memory
import Ports
import Synchronization

final class Counter: Sendable {
    private let count = Atomic(0)
    func increment() { count.add(1, ordering: .relaxed) }
    var value: Int { count.load(ordering: .relaxed) }
}

/// A disk whose open files can be made to end at once.
final class ShrinkingDisk: Disk {
    private let disk = MemoryDisk()
    private let isShrunk = Atomic(false)

    func shrink() { isShrunk.store(true, ordering: .relaxed) }

    func open(_ path: String) async throws(DiskError) -> any DiskFile {
        File(try await disk.open(path), self)
    }

    func create(_ path: String) async throws(DiskError) -> any DiskFile { try await disk.create(path) }
    func makeDirectory(_ path: String) async throws(DiskError) { try await disk.makeDirectory(path) }
    func rename(_ source: String, to destination: String) async throws(DiskError) {
        try await disk.rename(source, to: destination)
    }
    func remove(_ path: String) async throws(DiskError) { try await disk.remove(path) }
    func names(in directory: String) async throws(DiskError) -> [String] {
        try await disk.names(in: directory)
    }
    func syncDirectory(_ path: String) async throws(DiskError) { try await disk.syncDirectory(path) }
    func lock(_ path: String) async throws(DiskError) { try await disk.lock(path) }
    func unlock(_ path: String) async { await disk.unlock(path) }
    func size(of path: String) async throws(DiskError) -> UInt64? { try await disk.size(of: path) }
    func space() async throws(DiskError) -> DiskSpace { try await disk.space() }

    private final class File: DiskFile {
        private let file: any DiskFile
        private let disk: ShrinkingDisk

        init(_ file: any DiskFile, _ disk: ShrinkingDisk) {
            self.file = file
            self.disk = disk
        }

        var size: UInt64 { file.size }
        func read(into buffer: ByteBuffer, at offset: UInt64, limit: Int) async throws(DiskError) -> Int {
            if disk.isShrunk.load(ordering: .relaxed) { return 0 }
            return try await file.read(into: buffer, at: offset, limit: limit)
        }
        func write(_ buffer: ByteBuffer, at offset: UInt64) async throws(DiskError) {
            try await file.write(buffer, at: offset)
        }
        func preallocate(_ length: UInt64) async throws(DiskError) { try await file.preallocate(length) }
        func sync() async throws(DiskError) { try await file.sync() }
        func setAttribute(_ name: String, _ value: [UInt8]) async throws(DiskError) {
            try await file.setAttribute(name, value)
        }
        func close() { file.close() }
    }
}
