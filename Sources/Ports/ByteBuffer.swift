/// A fixed block of memory that one side fills and the other drains, so that a body crosses the program
/// without being copied: the consumer owns the buffer, the producer fills it.
///
/// Confined to one task at a time; it is not `Sendable` and has no lock. The bytes between `readerIndex` and
/// `writerIndex` are readable, those from `writerIndex` to `capacity` are writable.
package final class ByteBuffer {
    package let capacity: Int
    package private(set) var readerIndex = 0
    package private(set) var writerIndex = 0
    private let base: UnsafeMutableRawPointer

    /// Allocates `capacity` bytes, uninitialized and aligned to a page, as direct reads want it.
    package init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 4096)
    }

    deinit { base.deallocate() }

    package var readableCount: Int { writerIndex - readerIndex }
    package var writableCount: Int { capacity - writerIndex }

    /// The readable bytes. Valid until the next call that changes the buffer.
    package var readable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + readerIndex, count: readableCount)
    }

    /// The free space behind the readable bytes. Valid until the next call that changes the buffer.
    package var writable: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + writerIndex, count: writableCount)
    }

    /// Says that the first `count` bytes of `writable` have been filled.
    package func didWrite(_ count: Int) {
        precondition(count >= 0)
        precondition(count <= writableCount)
        writerIndex += count
    }

    /// Says that the first `count` bytes of `readable` have been used up; an emptied buffer starts over.
    package func didRead(_ count: Int) {
        precondition(count >= 0)
        precondition(count <= readableCount)
        readerIndex += count
        if readerIndex == writerIndex { clear() }
    }

    /// Forgets the content.
    package func clear() {
        readerIndex = 0
        writerIndex = 0
    }

    /// Moves the readable bytes to the front, so that all free space is behind them.
    package func compact() {
        guard readerIndex > 0 else { return }
        base.copyMemory(from: base + readerIndex, byteCount: readableCount)
        writerIndex -= readerIndex
        readerIndex = 0
    }

    /// Appends as many of `bytes` as fit, and says how many did.
    @discardableResult
    package func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, writableCount)
        if count > 0, let source = bytes.baseAddress {
            (base + writerIndex).copyMemory(from: source, byteCount: count)
            writerIndex += count
        }
        return count
    }
}
