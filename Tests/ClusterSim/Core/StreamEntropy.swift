import Domain
import Ports

/// The entropy of one node, drawn from the seed.
package final class StreamEntropy: EntropySource {
    private let stream: RandomStream

    package init(_ stream: RandomStream) { self.stream = stream }

    package func random128() -> (UInt64, UInt64) { (stream.next(), stream.next()) }

    package func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: stream.next()) }
    }
}
