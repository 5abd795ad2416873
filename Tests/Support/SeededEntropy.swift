import Ports
private import Synchronization

/// Entropy that repeats itself from a seed (SplitMix64, Steele and others 2014).
package final class SeededEntropy: EntropySource {
    private let state: Mutex<UInt64>

    package init(seed: UInt64 = 1) { state = Mutex(seed) }

    package func random128() -> (UInt64, UInt64) {
        state.withLock { (Self.next(&$0), Self.next(&$0)) }
    }

    package func fill(_ bytes: UnsafeMutableRawBufferPointer) {
        state.withLock { state in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: Self.next(&state)) }
        }
    }

    private static func next(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
