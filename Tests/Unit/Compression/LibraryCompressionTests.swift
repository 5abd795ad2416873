import CZlib
import CZstd
import Compression
import Domain
import Ports
import Testing

@Suite("Compression by libraries")
struct LibraryCompressionTests {
    private func unpack(_ bytes: [UInt8], _ coding: ContentCoding, room: Int) -> [UInt8] {
        var bytes = bytes
        var output = [UInt8](repeating: 0, count: room)
        switch coding {
        case .gzip:
            var stream = z_stream()
            guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
            else { return [] }
            defer { inflateEnd(&stream) }
            let count = bytes.withUnsafeMutableBufferPointer { input in
                output.withUnsafeMutableBufferPointer { target in
                    stream.next_in = input.baseAddress
                    stream.avail_in = UInt32(input.count)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    inflate(&stream, Z_SYNC_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
            }
            return Array(output[..<count])
        case .zstd:
            guard let context = ZSTD_createDCtx() else { return [] }
            defer { ZSTD_freeDCtx(context) }
            let count = bytes.withUnsafeBytes { input in
                output.withUnsafeMutableBytes { target in
                    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
                    var sink = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
                    while source.pos < source.size {
                        guard ZSTD_isError(ZSTD_decompressStream(context, &sink, &source)) == 0 else { break }
                    }
                    return sink.pos
                }
            }
            return Array(output[..<count])
        }
    }

    private func encode(
        _ encoder: any ContentEncoder, _ bytes: [UInt8], _ step: EncodingStep, _ output: inout [UInt8]
    ) {
        bytes.withUnsafeBytes { encoder.encode($0, step, into: &output) }
    }

    @Test("What is unpacked is what was packed, in pieces of any size", arguments: ContentCoding.allCases)
    func roundTrip(coding: ContentCoding) throws {
        let encoder = try #require(LibraryCompression().encoder(coding))
        // Text that repeats itself, and numbers that do not: more comes out at once than one piece holds.
        var state: UInt64 = 1
        let plain = (0..<200_000).map { index -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return index % 3 == 0 ? UInt8(truncatingIfNeeded: state >> 40) : UInt8(index % 7)
        }
        var packed: [UInt8] = []
        var rest = plain[...]
        var size = 1
        while !rest.isEmpty {
            encode(encoder, Array(rest.prefix(size)), .go, &packed)
            rest = rest.dropFirst(size)
            size = size * 3 % 70_001 + 1
        }
        encode(encoder, [], .finish, &packed)
        #expect(packed.count < plain.count)
        #expect(unpack(packed, coding, room: plain.count + 1) == plain)
    }

    @Test("After a flush the client can read all that was given", arguments: ContentCoding.allCases)
    func flush(coding: ContentCoding) throws {
        let encoder = try #require(LibraryCompression().encoder(coding))
        var packed: [UInt8] = []
        encode(encoder, Array("first line\n".utf8), .flush, &packed)
        #expect(unpack(packed, coding, room: 100) == Array("first line\n".utf8))
        encode(encoder, Array("second".utf8), .finish, &packed)
        #expect(unpack(packed, coding, room: 100) == Array("first line\nsecond".utf8))
    }

    @Test("There are as many encoders as there is room for, and the room comes back")
    func bounded() {
        let compression = LibraryCompression(encodersMax: 2)
        do {
            let first = compression.encoder(.gzip)
            let second = compression.encoder(.zstd)
            #expect(first != nil && second != nil)
            #expect(compression.encoder(.gzip) == nil)
            withExtendedLifetime((first, second)) {}
        }
        #expect(compression.encoder(.zstd) != nil)
    }
}
