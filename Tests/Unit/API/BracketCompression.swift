import Domain
import Ports

/// Packs by putting brackets around each piece.
struct BracketCompression: ContentCompression {
    let codings: [ContentCoding] = [.zstd, .gzip]
    var hasRoom = true

    func encoder(_ coding: ContentCoding) -> (any ContentEncoder)? { hasRoom ? Encoder() : nil }

    private final class Encoder: ContentEncoder {
        func encode(_ input: UnsafeRawBufferPointer, _ step: EncodingStep, into output: inout [UInt8]) {
            output.append(UInt8(ascii: "<"))
            output.append(contentsOf: input)
            output.append(UInt8(ascii: ">"))
        }
    }
}
