import Domain
package import Ports

/// Packs answers that the server wrote itself, for clients that asked for it. Never a stored file: its bytes
/// are its owner's, and packing them together with what an attacker chose could tell of them (BREACH, 2013).
package struct ResponseCoding: Sendable {
    private let compression: any ContentCompression
    /// Smaller bodies go as they are: they fit a packet either way.
    private let bytesMin: Int

    package init(_ compression: any ContentCompression, bytesMin: Int) {
        self.compression = compression
        self.bytesMin = bytesMin
    }

    /// Packs the body, when the answer allows it and the client wants it.
    func apply(to response: inout HTTPResponse, for request: HTTPRequest) {
        // The answer to a change may hold a secret, such as a link.
        guard response.mayBeCoded, request.method == .get || request.method == .head,
            let coding = ContentCoding.choose(
                accepting: request.fields.joined("accept-encoding"), from: compression.codings)
        else { return }
        if response.status == 304 {
            // The tag that the answer with the body has (RFC 9110 section 15.4.5).
            Self.markTag(of: &response, coding)
            return
        }
        let source: any ByteStream
        switch response.body {
        case .bytes(let bytes) where bytes.count >= bytesMin: source = BytesStream(bytes)
        case .stream(let stream, nil): source = stream
        case .empty, .bytes, .slice, .stream: return
        }
        if request.method == .head {
            // What the length would be is not known without packing, so it is not said (RFC 9110 section
            // 9.3.2).
            source.close()
            response.body = .empty
        } else {
            guard let encoder = compression.encoder(coding) else { return }
            if case .bytes(let bytes) = response.body, bytes.count <= Limits.codedAtOnceBytes {
                var packed: [UInt8] = []
                bytes.withUnsafeBytes { encoder.encode($0, .finish, into: &packed) }
                response.body = .bytes(packed)
            } else {
                response.body = .stream(CodedStream(source, encoder), length: nil)
            }
        }
        response.fields.append("content-encoding", coding.rawValue)
        Self.markTag(of: &response, coding)
    }

    /// Another representation than the plain one, so its strong tag is another (section 8.8.3.3).
    private static func markTag(of response: inout HTTPResponse, _ coding: ContentCoding) {
        response.fields.update("etag") { tag in EntityTag(parsing: tag).map { "\($0.coded(coding))" } ?? tag }
    }
}

/// A body that is packed while it is read, a small piece at a time, so that no loop is kept for long.
private final class CodedStream: ByteStream {
    private let source: any ByteStream
    /// Nil when all was taken: then its memory is somebody else's.
    private var encoder: (any ContentEncoder)?
    private var plain: ByteBuffer?
    private var packed: [UInt8] = []
    private var sent = 0

    init(_ source: any ByteStream, _ encoder: any ContentEncoder) {
        self.source = source
        self.encoder = encoder
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        while sent == packed.count {
            guard let encoder else { return 0 }
            packed.removeAll(keepingCapacity: true)
            sent = 0
            let plain = plain ?? ByteBuffer(capacity: Limits.codedAtOnceBytes)
            self.plain = plain
            plain.clear()
            if try await source.read(into: plain) > 0 {
                // What was found so far is the client's to use, while the walk goes on.
                encoder.encode(plain.readable, .flush, into: &packed)
                // Others of this loop get their turn.
                await Task.yield()
            } else {
                encoder.encode(UnsafeRawBufferPointer(start: nil, count: 0), .finish, into: &packed)
                self.encoder = nil
                self.plain = nil
            }
        }
        let count = packed.withUnsafeBytes { bytes in
            buffer.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        }
        sent += count
        return count
    }

    func close() {
        source.close()
        encoder = nil
    }
}
