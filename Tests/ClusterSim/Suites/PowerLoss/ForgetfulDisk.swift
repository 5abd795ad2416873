import Memory
import Ports

/// A disk in memory on which some syncs are left out, as by a programmer who forgot them: what a test of
/// power loss must convict.
final class ForgetfulDisk: Disk {
    private let disk: MemoryDisk
    private let forgetsFile: @Sendable (String) -> Bool
    private let forgetsDirectory: @Sendable (String) -> Bool

    init(
        _ disk: MemoryDisk, forgetsFile: @escaping @Sendable (String) -> Bool = { _ in false },
        forgetsDirectory: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.disk = disk
        self.forgetsFile = forgetsFile
        self.forgetsDirectory = forgetsDirectory
    }

    func create(_ path: String) async throws(DiskError) -> any DiskFile {
        let file = try await disk.create(path)
        return forgetsFile(path) ? UnsyncedFile(file) : file
    }

    func syncDirectory(_ path: String) async throws(DiskError) {
        if !forgetsDirectory(path) { try await disk.syncDirectory(path) }
    }

    func open(_ path: String) async throws(DiskError) -> any DiskFile { try await disk.open(path) }
    func makeDirectory(_ path: String) async throws(DiskError) { try await disk.makeDirectory(path) }
    func rename(_ source: String, to destination: String) async throws(DiskError) {
        try await disk.rename(source, to: destination)
    }
    func remove(_ path: String) async throws(DiskError) { try await disk.remove(path) }
    func names(in directory: String) async throws(DiskError) -> [String] {
        try await disk.names(in: directory)
    }
    func lock(_ path: String) async throws(DiskError) { try await disk.lock(path) }
    func unlock(_ path: String) async { await disk.unlock(path) }
    func size(of path: String) async throws(DiskError) -> UInt64? { try await disk.size(of: path) }
    func space() async throws(DiskError) -> DiskSpace { try await disk.space() }
}

private final class UnsyncedFile: DiskFile {
    private let file: any DiskFile

    init(_ file: any DiskFile) { self.file = file }

    func sync() async throws(DiskError) {}

    var size: UInt64 { file.size }
    func read(into buffer: ByteBuffer, at offset: UInt64, limit: Int) async throws(DiskError) -> Int {
        try await file.read(into: buffer, at: offset, limit: limit)
    }
    func write(_ buffer: ByteBuffer, at offset: UInt64) async throws(DiskError) {
        try await file.write(buffer, at: offset)
    }
    func preallocate(_ length: UInt64) async throws(DiskError) { try await file.preallocate(length) }
    func setAttribute(_ name: String, _ value: [UInt8]) async throws(DiskError) {
        try await file.setAttribute(name, value)
    }
    func close() { file.close() }
}
