import Domain
import Ports
import Services

/// Opens the bytes of contents for answers.
struct ContentBodies {
    let node: Node
    let errors: ErrorResponses

    /// One range of a content, which may be all of it; nothing of an empty file.
    func part(_ range: Range<UInt64>, of content: Content?) async throws(ErrorAnswer) -> HTTPResponse.Body {
        guard !range.isEmpty, let content else { return .empty }
        if let bytes = content.inlineBytes {
            return .slice(bytes, Int(range.lowerBound)..<Int(range.upperBound))
        }
        do {
            return .stream(try await node.read(content, range: range), length: UInt64(range.count))
        } catch {
            throw errors.answer(to: error)
        }
    }

    /// Several ranges of a content as `multipart/byteranges`.
    func parts(
        _ ranges: [Range<UInt64>], of content: Content?, mediaType: MediaType?
    ) async throws(ErrorAnswer) -> (body: HTTPResponse.Body, contentType: String) {
        let (high, low) = node.dependencies.entropy.random128()
        let boundary = Identifier(high: high, low: low).description
        let contentType = "multipart/byteranges; boundary=" + boundary
        guard let content else { return (.empty, contentType) }
        // All are opened now: a slow client may come to the last long after the content was replaced.
        var parts: [MultipartRanges.Part] = []
        for range in ranges {
            do {
                parts.append(
                    MultipartRanges.Part(range: range, stream: try await node.read(content, range: range)))
            } catch {
                throw errors.answer(to: error)
            }
        }
        let stream = MultipartRanges(
            parts, of: content.size, boundary: boundary, mediaType: mediaType ?? .binary)
        return (.stream(stream, length: stream.length), contentType)
    }
}
