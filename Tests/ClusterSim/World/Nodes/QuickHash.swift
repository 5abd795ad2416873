package import Domain
package import Ports

/// Digests that tell contents apart, are no secret and cost little: eight bytes at a time through two mixing
/// words, then as many words as the algorithm has.
package struct QuickHash: KeyedHash {
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
        private var state: UInt64
        private var pending: UInt64 = 0
        private var pendingCount = 0
        private var total: UInt64 = 0

        init(byteCount: Int) {
            self.byteCount = byteCount
            state = 0xCBF2_9CE4_8422_2325 &+ UInt64(byteCount)
        }

        func update(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes {
                pending = pending << 8 | UInt64(byte)
                pendingCount += 1
                if pendingCount == 8 { absorb() }
            }
            total += UInt64(bytes.count)
        }

        private func absorb() {
            state = Self.mixed(state ^ pending)
            pending = 0
            pendingCount = 0
        }

        private static func mixed(_ word: UInt64) -> UInt64 {
            var word = (word ^ word >> 32) &* 0xFF51_AFD7_ED55_8CCD
            word = (word ^ word >> 29) &* 0xC4CE_B9FE_1A85_EC53
            return word ^ word >> 32
        }

        func finish() -> [UInt8] {
            absorb()
            state = Self.mixed(state ^ total)
            var bytes: [UInt8] = []
            bytes.reserveCapacity(byteCount + 8)
            var word = state
            while bytes.count < byteCount {
                word = Self.mixed(word &+ 0x9E37_79B9_7F4A_7C15)
                for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
            }
            return Array(bytes.prefix(byteCount))
        }
    }
}
