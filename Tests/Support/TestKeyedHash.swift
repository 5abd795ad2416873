package import Domain
package import Ports

/// Digests that tell inputs apart and are no secret (FNV-1a in as many lanes as it takes): for tests that
/// need a `KeyedHash` and not its strength.
package struct TestKeyedHash: KeyedHash {
    package init() {}

    package func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let running = Running(byteCount: 32)
        running.update(bytes)
        return running.finish()
    }

    package func hmacSHA256(key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let running = Running(byteCount: 32)
        key.withUnsafeBytes { running.update($0) }
        running.update(bytes)
        return running.finish()
    }

    package func startDigest(_ algorithm: DigestAlgorithm) -> any RunningDigest {
        Running(byteCount: algorithm.byteCount)
    }

    private final class Running: RunningDigest {
        private let byteCount: Int
        private var lanes: [UInt64]

        init(byteCount: Int) {
            self.byteCount = byteCount
            let seed = 0xCBF2_9CE4_8422_2325 &+ UInt64(byteCount)
            lanes = (0..<UInt64((byteCount + 7) / 8)).map { seed &+ $0 }
        }

        func update(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes {
                for lane in lanes.indices {
                    lanes[lane] = (lanes[lane] ^ UInt64(byte)) &* (0x100_0000_01B3 + UInt64(2 * lane))
                }
            }
        }

        func finish() -> [UInt8] {
            let bytes = lanes.flatMap { lane in (0..<8).map { UInt8(truncatingIfNeeded: lane >> (8 * $0)) } }
            return Array(bytes.prefix(byteCount))
        }
    }
}
