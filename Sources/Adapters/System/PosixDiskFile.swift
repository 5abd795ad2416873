private import CLinux
import EventLoop
private import Glibc
import Ports
private import Synchronization

/// An open file of a `PosixDisk`.
final class PosixDiskFile: DiskFile {
    private let owner: DescriptorOwner
    private let pool: BlockingPool
    private let sizeBytes: Atomic<UInt64>
    /// Up to where the disk was told to begin writing.
    private let begunBytes = Atomic<UInt64>(0)

    init(_ owner: DescriptorOwner, size: UInt64, _ pool: BlockingPool) {
        self.owner = owner
        self.pool = pool
        sizeBytes = Atomic(size)
    }

    var size: UInt64 { sizeBytes.load(ordering: .relaxed) }

    func read(into buffer: ByteBuffer, at offset: UInt64, limit: Int) async throws(DiskError) -> Int {
        precondition(limit > 0)
        if Task.isCancelled { throw .cancelled }
        guard let position = Int64(exactly: offset) else { return 0 }
        let target = buffer.writable
        let count = min(limit, target.count)
        precondition(count > 0)
        var outcome = owner.use { callfs_read_cached($0, target.baseAddress, count, position) }
        if outcome == -Int(EAGAIN) || outcome == -Int(EOPNOTSUPP) || outcome == -Int(EINTR) {
            let owner = self.owner
            let memory = TransferMemory(start: target.baseAddress, count: count)
            // The call is waited for even when the task is cancelled meanwhile, so the memory stays valid.
            outcome = try await pool.disk {
                while true {
                    let got = owner.use { pread($0, memory.start, memory.count, off_t(position)) }
                    if got >= 0 { return got }
                    if errno != EINTR { return -Int(errno) }
                }
            }
        }
        guard outcome >= 0 else { throw DiskError(errno: Int32(-outcome)) }
        buffer.didWrite(outcome)
        return outcome
    }

    func write(_ buffer: ByteBuffer, at offset: UInt64) async throws(DiskError) {
        let source = buffer.readable
        guard let position = Int64(exactly: offset) else { throw .failed(errno: EFBIG) }
        let owner = self.owner
        let memory = TransferMemory(
            start: UnsafeMutableRawPointer(mutating: source.baseAddress), count: source.count)
        let end = offset + UInt64(source.count)
        let begun = begunBytes.load(ordering: .relaxed)
        let begins = end >= begun + PosixDisk.Limits.writebackBytes
        let outcome: Int = try await pool.disk {
            owner.use { descriptor in
                let written = Self.write(descriptor, memory, at: position)
                if begins { callfs_start_writeback(descriptor, Int64(begun), Int64(end - begun)) }
                return written
            }
        }
        guard outcome >= 0 else { throw DiskError(errno: Int32(-outcome)) }
        if begins { begunBytes.store(end, ordering: .relaxed) }
        if end > size { sizeBytes.store(end, ordering: .relaxed) }
    }

    /// Writes all of `memory`; a negative error number when that is not possible.
    private static func write(_ descriptor: Int32, _ memory: TransferMemory, at position: Int64) -> Int {
        var written = 0
        while written < memory.count, let start = memory.start {
            let place = off_t(position) + off_t(written)
            let count = pwrite(descriptor, start + written, memory.count - written, place)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return -Int(errno) }
            written += count
        }
        return written
    }

    func preallocate(_ length: UInt64) async throws(DiskError) {
        guard let length = Int64(exactly: length) else { throw .full }
        let owner = self.owner
        let outcome = try await pool.disk { owner.use { callfs_reserve($0, length) } }
        // A filesystem that cannot reserve fails the write instead, when it comes to that.
        if outcome == -EOPNOTSUPP || outcome == -EINVAL || outcome == -ENOSYS { return }
        guard outcome >= 0 else { throw DiskError(errno: -outcome) }
    }

    func sync() async throws(DiskError) {
        let owner = self.owner
        let outcome = try await pool.disk { owner.use { fsync($0) == 0 ? 0 : errno } }
        guard outcome == 0 else { throw DiskError(errno: outcome) }
    }

    func setAttribute(_ name: String, _ value: [UInt8]) async throws(DiskError) {
        let owner = self.owner
        let outcome = try await pool.disk {
            value.withUnsafeBytes { bytes in
                owner.use { callfs_set_attribute($0, "user." + name, bytes.baseAddress, bytes.count) }
            }
        }
        if outcome == -EOPNOTSUPP { return }
        guard outcome >= 0 else { throw DiskError(errno: -outcome) }
    }

    func close() { owner.close() }
}

/// Memory of a buffer whose owner waits until the pool is done with it.
private struct TransferMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer?
    let count: Int
}
