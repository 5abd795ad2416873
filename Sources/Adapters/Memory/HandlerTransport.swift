package import Domain
package import Ports
private import Synchronization

/// Carries requests to handlers in the same process, without a network between: the reference for what a
/// transport does, and the double of the tests. A handler runs within the call of its client.
package final class HandlerTransport: HTTPTransport {
    private let handlers = Mutex<[HTTPOrigin: any HTTPHandler]>([:])

    package init() {}

    /// Lets `handler` answer at an address; nil lets nobody.
    package func serve(_ origin: HTTPOrigin, by handler: (any HTTPHandler)?) {
        handlers.withLock { $0[origin] = handler }
    }

    package func send(
        _ request: HTTPClientRequest
    ) async throws(HTTPTransportError) -> HTTPClientResponse {
        guard !Task.isCancelled else { throw .cancelled }
        guard let handler = handlers.withLock({ $0[request.origin] }) else { throw .unreachable }
        let sent = SentBody(request.body)
        var fields = request.fields
        if fields.first("host") == nil { fields.append("host", request.origin.authority) }
        let received = HTTPRequest(
            method: request.method, target: request.target, fields: fields, contentLength: sent.length,
            body: sent, remoteAddress: "127.0.0.1", isSecure: request.origin.isSecure)
        let response = await handler.respond(to: received)
        let answered = AnsweredBody(response, to: received, by: handler)
        if let failure = sent.failure {
            answered.close()
            throw failure == .cancelled ? .cancelled : .body(failure)
        }
        guard !Task.isCancelled else {
            answered.close()
            throw .cancelled
        }
        return HTTPClientResponse(
            status: response.status, fields: response.fields.listed, contentLength: answered.length,
            body: answered)
    }
}

extension HTTPFields {
    /// One by one, as they arrive at the other side.
    fileprivate var listed: HTTPFields {
        var fields = HTTPFields()
        for field in all { fields.append(field.name, field.value) }
        for field in blocks.flatMap(\.fields) { fields.append(field.name, field.value) }
        return fields
    }
}

/// A request's body as the other side gets it: as long as announced, or broken off.
private final class SentBody: ByteStream {
    let length: UInt64?
    /// Why the client's own stream failed; the other side only sees that it broke off.
    private(set) var failure: ByteStreamError?
    private let stream: any ByteStream
    private var left: UInt64?
    private var hasEnded = false

    init(_ body: HTTPClientRequest.Body) {
        switch body {
        case .none: (stream, length) = (BytesStream([]), 0)
        case .bytes(let bytes): (stream, length) = (BytesStream(bytes), UInt64(bytes.count))
        case .stream(let body, let announced): (stream, length) = (body, announced)
        }
        left = length
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if failure != nil { throw .truncated }
        if hasEnded { return 0 }
        let count: Int
        do { count = try await stream.read(into: buffer) } catch {
            failure = error
            throw error == .cancelled ? .cancelled : .truncated
        }
        if let before = left {
            guard UInt64(count) <= before else { throw fail(.tooLarge(limit: length ?? 0)) }
            left = before - UInt64(count)
        }
        guard count == 0 else { return count }
        hasEnded = true
        if let left, left > 0 { throw fail(.truncated) }
        return 0
    }

    private func fail(_ error: ByteStreamError) -> ByteStreamError {
        failure = error
        return .truncated
    }
}

/// An answer's body as the client gets it, that tells the handler when it is over.
private final class AnsweredBody: ByteStream {
    let length: UInt64?
    private let request: HTTPRequest
    private let status: Int
    private let handler: any HTTPHandler
    private let stream: any ByteStream
    private let announced: UInt64?
    private var count: UInt64 = 0
    private var result: Result<Int, ByteStreamError>?

    init(_ response: HTTPResponse, to request: HTTPRequest, by handler: any HTTPHandler) {
        self.request = request
        self.handler = handler
        status = response.status
        switch response.body {
        case .empty: (stream, announced) = (BytesStream([]), 0)
        case .bytes(let bytes): (stream, announced) = (BytesStream(bytes), UInt64(bytes.count))
        case .slice(let bytes, let range):
            (stream, announced) = (BytesStream(bytes, range: range), UInt64(range.count))
        case .stream(let body, let length): (stream, announced) = (body, length)
        }
        length = request.method == .head ? response.announcedLength : announced
        if announced == 0 { end(.success(0), .completed) }
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let result { return try result.get() }
        guard !Task.isCancelled else { throw .cancelled }
        do throws(ByteStreamError) {
            let got = try await stream.read(into: buffer)
            count += UInt64(got)
            if got > 0 { return got }
            let isWhole = announced.map { $0 == count } ?? true
            end(isWhole ? .success(0) : .failure(.truncated), isWhole ? .completed : .failed)
        } catch {
            // The other side breaks the connection off, and says nothing of why.
            end(.failure(error == .cancelled ? .cancelled : .truncated), .failed)
        }
        return try result?.get() ?? 0
    }

    func close() {
        guard result == nil else { return }
        stream.close()
        end(.failure(.cancelled), .aborted)
    }

    private func end(_ result: Result<Int, ByteStreamError>, _ outcome: HTTPExchangeOutcome) {
        self.result = result
        handler.finished(request, status: status, bodyBytesSent: count, outcome: outcome)
    }
}
