import Domain
import Ports

/// Several ranges of one content as a `multipart/byteranges` body (RFC 9110 section 14.6), read part by part.
final class MultipartRanges: ByteStream {
    /// The length of the whole body, delimiters included.
    let length: UInt64

    struct Part {
        let range: Range<UInt64>
        let stream: any ByteStream
    }

    private let size: UInt64
    private var remaining: ArraySlice<Part>
    private let boundary: String
    private let mediaType: MediaType
    private var text: BytesStream?
    private var part: (any ByteStream)?
    private var isClosed = false

    /// `parts` are open streams of ranges of a representation of `size` bytes; they are closed with this one.
    init(_ parts: [Part], of size: UInt64, boundary: String, mediaType: MediaType) {
        self.size = size
        self.boundary = boundary
        self.mediaType = mediaType
        remaining = parts[...]
        var total = UInt64(Self.end(boundary).utf8.count)
        for part in parts {
            let delimiter = Self.delimiter(boundary, mediaType, part.range, size)
            total += UInt64(delimiter.utf8.count) + UInt64(part.range.count)
        }
        length = total
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        while true {
            if let text {
                let count = try await text.read(into: buffer)
                if count > 0 { return count }
                self.text = nil
            }
            if let part {
                let count = try await part.read(into: buffer)
                if count > 0 { return count }
                self.part = nil
            }
            if isClosed { return 0 }
            guard let next = remaining.popFirst() else {
                isClosed = true
                text = BytesStream([UInt8](Self.end(boundary).utf8))
                continue
            }
            part = next.stream
            text = BytesStream([UInt8](Self.delimiter(boundary, mediaType, next.range, size).utf8))
        }
    }

    func close() {
        part?.close()
        for part in remaining { part.stream.close() }
        remaining = []
    }

    private static func delimiter(
        _ boundary: String, _ mediaType: MediaType, _ range: Range<UInt64>, _ size: UInt64
    ) -> String {
        "\r\n--\(boundary)\r\nContent-Type: \(mediaType.text)\r\n"
            + "Content-Range: \(FileDownload.contentRange(range, of: size))\r\n\r\n"
    }

    private static func end(_ boundary: String) -> String { "\r\n--\(boundary)--\r\n" }
}
