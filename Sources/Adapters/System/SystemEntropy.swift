private import CLinux
private import Glibc
import Ports
private import Synchronization

/// The kernel's random bytes (getrandom(2)).
///
/// Identifiers are wanted by every request and a system call costs more than the identifier is worth, so
/// `random128` takes its bytes from a block that is filled ahead. Each byte is handed out once and wiped at
/// once. The block is wiped in the child of a fork (madvise(2), MADV_WIPEONFORK), so two processes never
/// share one. Keys (`fill`) always come straight from the kernel.
package final class SystemEntropy: EntropySource {
    package enum Limits {
        /// One page: fork wipes whole pages, and 255 identifiers a system call make its cost invisible.
        package static let blockBytes = 4096
    }

    private struct Block: @unchecked Sendable {
        /// The page. Its first byte is not zero while the rest holds unused random bytes from `next` on.
        let page: UnsafeMutableRawPointer
        var next = Limits.blockBytes
    }

    private let block: Mutex<Block>

    package init() {
        guard let page = callfs_fork_wiped_page(Limits.blockBytes) else {
            preconditionFailure("no memory for a page of random bytes")
        }
        block = Mutex(Block(page: page))
    }

    deinit { block.withLock { _ = munmap($0.page, Limits.blockBytes) } }

    package func random128() -> (UInt64, UInt64) {
        block.withLock { block in
            let marker = block.page.assumingMemoryBound(to: UInt8.self)
            if block.next + 16 > Limits.blockBytes || marker.pointee == 0 {
                Self.fillFromKernel(
                    UnsafeMutableRawBufferPointer(start: block.page, count: Limits.blockBytes))
                marker.pointee = 1
                block.next = 16
            }
            let bytes = block.page + block.next
            let high = bytes.load(as: UInt64.self)
            let low = bytes.load(fromByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: 0, as: UInt64.self)
            bytes.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
            block.next += 16
            return (high, low)
        }
    }

    package func fill(_ bytes: UnsafeMutableRawBufferPointer) { Self.fillFromKernel(bytes) }

    private static func fillFromKernel(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let outcome = callfs_random_fill(base, bytes.count)
        precondition(outcome == 0, "getrandom(2) always answers once the machine has started")
    }
}
