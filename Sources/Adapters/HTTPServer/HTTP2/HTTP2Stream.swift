import Domain
import EventLoop
import Ports

/// One request of HTTP/2 and its answer.
///
/// Confined to the loop of its connection. Its handler runs in a task of its own, which is cancelled when the
/// client resets the stream or goes away.
final class HTTP2Stream: @unchecked Sendable {
    let id: Int32
    let session: HTTP2Session
    var head: HTTP2HeadCollector
    /// The fields after the body: counted, and read over.
    var trailerBytes = 0
    private(set) var body: HTTP2RequestBody?
    let answer: HTTP2Answer

    /// nghttp2 knows the stream no more, or soon will not.
    private(set) var isClosed = false
    private var parsed: Result<HTTP2RequestHead, HTTPRefusal> = .failure(.badFieldName)
    private var hasEndedRequest = false
    private var request: HTTPRequest?
    private var isFinished = false
    /// Whether the handler is to run or runs.
    private var isHandling = false
    private var hasStarted = false
    /// The task of the handler, while it runs.
    private var task: UnsafeCurrentTask?

    init(id: Int32, session: HTTP2Session) {
        self.id = id
        self.session = session
        head = HTTP2HeadCollector(limits: session.server.settings.limits)
        answer = HTTP2Answer(streamID: id, session: session)
    }

    var hasSentEnd: Bool { answer.hasSentEnd }

    // MARK: What the client sends

    /// Takes the end of the head, and makes the body of the request, so that what comes before the handler
    /// runs has a place.
    func headEnded(endsStream: Bool) {
        do throws(HTTPRefusal) { parsed = .success(try head.finish()) } catch { parsed = .failure(error) }
        hasEndedRequest = endsStream
        guard !endsStream else { return }
        var expectsContinue = false
        if case .success(let head) = parsed { expectsContinue = head.expectsContinue }
        let server = session.server
        body = HTTP2RequestBody(
            stream: self, expectsContinue: expectsContinue,
            receiving: server.makeMeter(idleLimit: server.settings.readTimeout))
    }

    /// Takes the content of a frame; false when nobody will.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let body else { return false }
        body.receive(bytes)
        return true
    }

    /// Takes the end of the request.
    func requestEnded() {
        hasEndedRequest = true
        body?.end()
    }

    // MARK: The handler

    /// Says that the handler will run.
    func start() {
        hasStarted = true
        isHandling = true
    }

    /// Answers the request, to the end of what needs a task. What is left, the connection sends.
    func handle() async {
        if !isClosed {
            task = withUnsafeCurrentTask { $0 }
            await answer(with: await respond())
            task = nil
        }
        isHandling = false
        session.handlerEnded()
        if isFinished {
            session.exchangeEnded()
        } else if isClosed, !hasSentEnd {
            finish(.aborted)
        }
    }

    private func answer(with response: HTTPResponse) async {
        body?.stopReading()
        guard isClosed else { return await answer.send(response, isHead: head.isHead) }
        answer.status = response.status
        if case .stream(let stream, _) = response.body { stream.close() }
    }

    private func respond() async -> HTTPResponse {
        let connection = session.connection
        switch parsed {
        case .failure(let refusal):
            return session.server.handler.respond(
                toRefusal: refusal, remoteAddress: connection.remoteAddress, isSecure: connection.isSecure)
        case .success(let head):
            let request = HTTPRequest(
                method: head.method, target: head.target, fields: head.fields,
                contentLength: body == nil ? 0 : head.announcedLength, body: body ?? connection.emptyBody,
                remoteAddress: connection.remoteAddress, isSecure: connection.isSecure,
                version: .http2, connection: connection.notes)
            self.request = request
            session.server.requestBegan()
            return await session.server.handler.respond(to: request)
        }
    }

    /// Lets the client send the body that it holds back.
    func sendContinue() {
        guard !isClosed else { return }
        session.submitContinue(id)
    }

    /// Says that so much of the body was taken, and may be sent again.
    func consume(_ count: Int) {
        guard count > 0 else { return }
        if isClosed { session.consumeConnection(count) } else { session.consume(count, id) }
    }

    /// Ends the request before its end, after an answer that is out: nobody wants the rest (RFC 9113 section
    /// 8.1).
    func endRequest() {
        guard !isClosed, !hasEndedRequest else { return }
        hasEndedRequest = true
        session.reset(id, .nothing)
    }

    // MARK: The end

    /// The last frame of the answer is on its way.
    func sentEnd() {
        answer.hasSentEnd = true
        body?.answerIsOut()
    }

    /// Takes the end of the stream: nothing more comes or goes. Whoever works for it is told.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        body?.fail(.truncated)
        body?.detach()
        answer.close()
        guard !hasSentEnd else { return }
        if isHandling {
            task?.cancel()
        } else if hasStarted {
            finish(.aborted)
        }
    }

    /// Reports the exchange, once.
    func finish(_ outcome: HTTPExchangeOutcome) {
        guard !isFinished else { return }
        isFinished = true
        if let request {
            self.request = nil
            session.server.requestEnded()
            session.server.handler.finished(
                request, status: answer.status, bodyBytesSent: answer.sentBytes, outcome: outcome)
        }
        if !isHandling { session.exchangeEnded() }
    }

    /// Looks at the time that the client has taken.
    func check(at now: MonotonicInstant) {
        body?.check(at: now)
        if !isClosed, answer.isTooSlow(at: now) { session.reset(id, .cancelled) }
    }
}
