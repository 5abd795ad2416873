private import Glibc
import Ports
private import Synchronization

/// An open file of a `MemoryDisk`. Of no use after a crash.
final class MemoryDiskFile: DiskFile {
    private let disk: MemoryDisk
    private let file: MemoryDiskNodeFile
    private let path: String
    private let incarnation: Int
    private let isWritable: Bool

    init(
        _ disk: MemoryDisk, _ file: MemoryDiskNodeFile, _ path: String, _ incarnation: Int, isWritable: Bool
    ) {
        self.disk = disk
        self.file = file
        self.path = path
        self.incarnation = incarnation
        self.isWritable = isWritable
    }

    var size: UInt64 { disk.state.withLock { _ in UInt64(file.bytes.count) } }

    func read(into buffer: ByteBuffer, at offset: UInt64, limit: Int) async throws(DiskError) -> Int {
        precondition(limit > 0)
        return try await perform(.read) { _ throws(DiskError) in
            guard offset < file.bytes.count else { return 0 }
            let start = Int(offset)
            let count = min(limit, file.bytes.count - start, buffer.writableCount)
            return file.bytes.withUnsafeBytes { all in
                buffer.append(UnsafeRawBufferPointer(rebasing: all[start..<start + count]))
            }
        }
    }

    func write(_ buffer: ByteBuffer, at offset: UInt64) async throws(DiskError) {
        precondition(isWritable)
        try await perform(.write) { state throws(DiskError) in
            let end = Int(offset) + buffer.readableCount
            try grow(to: end, &state)
            file.write(buffer.readable, at: Int(offset))
        }
    }

    func preallocate(_ length: UInt64) async throws(DiskError) {
        try await perform(.preallocate) { state throws(DiskError) in
            guard let length = Int(exactly: length) else { throw .full }
            try grow(to: length, &state)
            file.reservedBytes = max(file.reservedBytes, length)
        }
    }

    func sync() async throws(DiskError) {
        do {
            try await perform(.syncFile) { _ in file.sync() }
        } catch {
            disk.failSync(of: file, error)
            throw error
        }
    }

    func setAttribute(_ name: String, _ value: [UInt8]) async throws(DiskError) {
        try await perform(.setAttribute) { _ in file.attributes[name] = value }
    }

    func close() {}

    private func perform<Result: Sendable>(
        _ verb: MemoryDiskOperation.Verb, _ work: (inout MemoryDisk.State) throws(DiskError) -> Result
    ) async throws(DiskError) -> Result {
        try await disk.perform(verb, path) { state throws(DiskError) in
            guard state.incarnation == incarnation else { throw .failed(errno: EBADF) }
            return try work(&state)
        }
    }

    private func grow(to length: Int, _ state: inout MemoryDisk.State) throws(DiskError) {
        let more = length - file.allocatedBytes
        if more > 0, file.linkCount > 0 { try disk.take(more, &state) }
    }
}
