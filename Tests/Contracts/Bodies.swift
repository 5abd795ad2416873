package import Ports

/// A body that arrives in pieces of changing size and may fail after some of it.
package final class PiecewiseBody: ByteStream {
    private let bytes: [UInt8]
    private let failure: ByteStreamError?
    private var position = 0
    private var turn = 0
    /// Called before each piece with the position.
    private let before: (Int) async -> Void

    /// Delivers `bytes` and then ends, or throws `failure`.
    package init(
        _ bytes: [UInt8], failure: ByteStreamError? = nil, before: @escaping (Int) async -> Void = { _ in }
    ) {
        self.bytes = bytes
        self.failure = failure
        self.before = before
    }

    package func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        await before(position)
        if Task.isCancelled { throw .cancelled }
        // From single bytes to whole buffers.
        let sizes = [1, 7, 4_096, 65_536, 3, 1 << 20]
        let count = min(bytes.count - position, buffer.writableCount, sizes[turn % sizes.count])
        turn += 1
        guard count > 0 else {
            if let failure { throw failure }
            return 0
        }
        bytes.withUnsafeBytes { all in
            _ = buffer.append(UnsafeRawBufferPointer(rebasing: all[position..<position + count]))
        }
        position += count
        return count
    }
}

extension ByteStream {
    /// All that is left, read through a buffer of `pieceBytes`.
    package func collect(pieceBytes: Int = 65_536) async throws(ByteStreamError) -> [UInt8] {
        let buffer = ByteBuffer(capacity: pieceBytes)
        var bytes: [UInt8] = []
        while try await read(into: buffer) > 0 {
            bytes.append(contentsOf: buffer.readable)
            buffer.clear()
        }
        return bytes
    }
}
