import Domain
import Ports

/// The entropy of one node, drawn from the seed.
package final class StreamEntropy: EntropySource {
    private let stream: RandomStream
    private let isNarrow: Bool

    /// `isNarrow`: all numbers end in the same byte, so that what is spread by it meets in one place.
    package init(_ stream: RandomStream, isNarrow: Bool = false) {
        self.stream = stream
        self.isNarrow = isNarrow
    }

    package func random128() -> (UInt64, UInt64) {
        let (high, low) = (stream.next(), stream.next())
        return (high, isNarrow ? low & ~0xFF : low)
    }

    package func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: stream.next()) }
    }
}
