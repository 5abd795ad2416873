import Domain
import Ports
import Services

/// Several ranges of one content as a `multipart/byteranges` body (RFC 9110 section 14.6), read part by part.
final class MultipartRanges: ByteStream {
    /// The length of the whole body, delimiters included.
    let length: UInt64

    private let node: Node
    private let content: Content
    private var remaining: ArraySlice<Range<UInt64>>
    private let boundary: String
    private let mediaType: MediaType
    private var text: BytesStream?
    private var part: (any ByteStream)?
    private var isClosed = false

    init(node: Node, content: Content, ranges: [Range<UInt64>], boundary: String, mediaType: MediaType) {
        self.node = node
        self.content = content
        self.boundary = boundary
        self.mediaType = mediaType
        remaining = ranges[...]
        var total = UInt64(Self.end(boundary).utf8.count)
        for range in ranges {
            total +=
                UInt64(Self.delimiter(boundary, mediaType, range, content.size).utf8.count)
                + UInt64(range.count)
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
            guard let range = remaining.popFirst() else {
                isClosed = true
                text = BytesStream([UInt8](Self.end(boundary).utf8))
                continue
            }
            do { part = try await node.read(content, range: range) } catch { throw .unavailable }
            text = BytesStream([UInt8](Self.delimiter(boundary, mediaType, range, content.size).utf8))
        }
    }

    func close() { part?.close() }

    private static func delimiter(
        _ boundary: String, _ mediaType: MediaType, _ range: Range<UInt64>, _ size: UInt64
    ) -> String {
        "\r\n--\(boundary)\r\nContent-Type: \(mediaType.text)\r\n"
            + "Content-Range: \(FileDownload.contentRange(range, of: size))\r\n\r\n"
    }

    private static func end(_ boundary: String) -> String { "\r\n--\(boundary)--\r\n" }
}
