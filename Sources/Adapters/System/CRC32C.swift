private import CLinux
import Ports

/// A running CRC32c, its highest byte first, as RFC 9530 and other stores write it.
final class CRC32C: RunningDigest {
    private var sum: UInt32 = 0

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        sum = callfs_crc32c(sum, bytes.baseAddress, bytes.count)
    }

    func finish() -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) } }
}
