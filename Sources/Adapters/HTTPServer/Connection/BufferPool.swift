import Ports
private import TLS

/// The buffers of one loop, used again and again. Confined to the loop.
///
/// Many connections are idle and hold no buffer at all. Those that stream hold large ones while they are few,
/// and small ones when they are many, so that ten thousand slow readers cost memory in proportion and not
/// without end.
final class BufferPool {
    enum Limits {
        /// The part of a body that is read at once. From 32 to 256 KiB the cost of a gigabyte is the same;
        /// more only takes memory, less only makes more calls to a disk.
        static let chunkBytes = 128 * 1024
        static let smallChunkBytes = 32 * 1024
        /// Connections of a loop beyond this get small buffers: 64 streams of two buffers are 16 MiB.
        static let largeMax = 64
        /// Free buffers kept of each size.
        static let keptMax = 16
    }

    private var inputs: FreeBuffers
    private var chunks: FreeBuffers
    private var smallChunks: FreeBuffers
    private var outputs: FreeBuffers
    private var smallOutputs: FreeBuffers

    /// `inputBytes` is what a connection needs to hold the longest line.
    init(inputBytes: Int) {
        inputs = FreeBuffers(capacity: inputBytes)
        chunks = FreeBuffers(capacity: Limits.chunkBytes)
        smallChunks = FreeBuffers(capacity: Limits.smallChunkBytes)
        outputs = FreeBuffers(capacity: Self.outputBytes(for: Limits.chunkBytes))
        smallOutputs = FreeBuffers(capacity: Self.outputBytes(for: Limits.smallChunkBytes))
    }

    /// What a chunk becomes at most when TLS has encrypted it.
    private static func outputBytes(for chunk: Int) -> Int {
        let records = chunk / TLSStream.recordPayloadMaxBytes + 1
        return chunk + records * TLSStream.recordOverheadMaxBytes
    }

    func takeInput() -> ByteBuffer { inputs.take() }
    func giveBack(input: ByteBuffer) { inputs.giveBack(input) }

    func takeChunk() -> ByteBuffer { chunks.inUse < Limits.largeMax ? chunks.take() : smallChunks.take() }
    func giveBack(chunk: ByteBuffer) {
        if chunk.capacity == chunks.capacity { chunks.giveBack(chunk) } else { smallChunks.giveBack(chunk) }
    }

    func takeOutput() -> ByteBuffer { outputs.inUse < Limits.largeMax ? outputs.take() : smallOutputs.take() }
    func giveBack(output: ByteBuffer) {
        if output.capacity == outputs.capacity {
            outputs.giveBack(output)
        } else {
            smallOutputs.giveBack(output)
        }
    }
}

/// Buffers of one size.
struct FreeBuffers {
    let capacity: Int
    private(set) var inUse = 0
    private var free: [ByteBuffer] = []

    init(capacity: Int) { self.capacity = capacity }

    mutating func take() -> ByteBuffer {
        inUse += 1
        return free.popLast() ?? ByteBuffer(capacity: capacity)
    }

    mutating func giveBack(_ buffer: ByteBuffer) {
        precondition(buffer.capacity == capacity)
        inUse -= 1
        buffer.clear()
        if free.count < BufferPool.Limits.keptMax { free.append(buffer) }
    }
}
