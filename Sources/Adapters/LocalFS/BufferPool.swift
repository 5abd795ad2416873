import Ports
import Synchronization

/// Buffers for transfers, used again and again: fresh memory of that size costs a page fault for each of its
/// pages.
final class BufferPool: Sendable {
    /// A buffer between two owners: touched by nobody while it is here.
    private struct Idle: @unchecked Sendable {
        let buffer: ByteBuffer
    }

    private let bytes: Int
    private let idleMax: Int
    private let idle = Mutex<[Idle]>([])

    init(bytes: Int, idleMax: Int) {
        self.bytes = bytes
        self.idleMax = idleMax
    }

    func take() -> ByteBuffer {
        let kept = idle.withLock { $0.popLast() }
        return kept?.buffer ?? ByteBuffer(capacity: bytes)
    }

    /// The caller must not use the buffer afterwards.
    func giveBack(_ buffer: ByteBuffer) {
        buffer.clear()
        let returned = Idle(buffer: buffer)
        idle.withLock { idle in
            if idle.count < idleMax { idle.append(returned) }
        }
    }
}
