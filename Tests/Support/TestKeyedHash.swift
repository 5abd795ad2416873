package import Ports

/// A digest of 32 bytes that tells inputs apart and is no secret (FNV-1a in four lanes): for tests that need
/// a `KeyedHash` and not its strength.
package struct TestKeyedHash: KeyedHash {
    package init() {}

    package func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let running = Running()
        running.update(bytes)
        return running.finish()
    }

    package func hmacSHA256(key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let running = Running()
        key.withUnsafeBytes { running.update($0) }
        running.update(bytes)
        return running.finish()
    }

    package func startSHA256() -> any RunningDigest { Running() }

    private final class Running: RunningDigest {
        private var lanes: [UInt64] = (0..<4).map { 0xCBF2_9CE4_8422_2325 &+ $0 }

        func update(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes {
                for lane in lanes.indices {
                    lanes[lane] = (lanes[lane] ^ UInt64(byte)) &* (0x100_0000_01B3 + UInt64(2 * lane))
                }
            }
        }

        func finish() -> [UInt8] {
            lanes.flatMap { lane in (0..<8).map { UInt8(truncatingIfNeeded: lane >> (8 * $0)) } }
        }
    }
}
