private import CZstd
import Ports

/// Zstandard (RFC 8878) by its reference implementation.
final class ZstdEncoder: ContentEncoder {
    private static let level: Int32 = 3
    /// 256 KiB: RFC 9659 wants no more than 8 MiB of a client, and memory here is for many at a time.
    private static let windowLog: Int32 = 18
    private static let pieceBytes = 16 * 1024

    private let place: EncoderRoom.Place
    private let context: OpaquePointer

    /// Nil when there is no memory.
    init?(_ place: EncoderRoom.Place) {
        guard let context = ZSTD_createCCtx() else { return nil }
        self.place = place
        self.context = context
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Self.level)
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)
    }

    deinit { ZSTD_freeCCtx(context) }

    func encode(_ input: UnsafeRawBufferPointer, _ step: EncodingStep, into output: inout [UInt8]) {
        let directive: ZSTD_EndDirective =
            switch step {
            case .go: ZSTD_e_continue
            case .flush: ZSTD_e_flush
            case .finish: ZSTD_e_end
            }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
            var isDone = false
            while !isDone {
                var target = ZSTD_outBuffer(dst: piece.baseAddress, size: piece.count, pos: 0)
                let rest = ZSTD_compressStream2(context, &target, &source, directive)
                precondition(ZSTD_isError(rest) == 0, "Zstandard was called out of its order")
                output.append(contentsOf: piece[..<target.pos])
                // What is left to come out matters only when it is to come out now.
                isDone = source.pos == source.size && (step == .go || rest == 0)
            }
        }
    }
}
