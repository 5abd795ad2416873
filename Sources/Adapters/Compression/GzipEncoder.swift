private import CZlib
import Ports

/// gzip (RFC 1952) by zlib.
final class GzipEncoder: ContentEncoder {
    /// Listings repeat themselves, so a quick level finds nearly all there is.
    private static let level: Int32 = 4
    /// 32 KiB, the most that deflate has.
    private static let windowBits: Int32 = 15
    private static let memoryLevel: Int32 = 8
    /// What comes out at once.
    private static let pieceBytes = 16 * 1024

    private let place: EncoderRoom.Place
    /// zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Nil when there is no memory.
    init?(_ place: EncoderRoom.Place) {
        self.place = place
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard callfs_deflate_init_gzip(stream, Self.level, Self.windowBits, Self.memoryLevel) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncodingStep, into output: inout [UInt8]) {
        let flush: Int32 =
            switch step {
            case .go: Z_NO_FLUSH
            case .flush: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        // zlib does not write through it.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { piece in
            repeat {
                stream.pointee.next_out = piece.baseAddress
                stream.pointee.avail_out = UInt32(piece.count)
                let outcome = deflate(stream, flush)
                precondition(outcome != Z_STREAM_ERROR, "zlib was called out of its order")
                output.append(contentsOf: piece[..<(piece.count - Int(stream.pointee.avail_out))])
            } while stream.pointee.avail_out == 0
        }
        precondition(stream.pointee.avail_in == 0, "zlib takes all that it has room for")
        stream.pointee.next_in = nil
    }
}
