import Domain
import EventLoop
import Ports

/// HTTP/1.1 and 1.0: requests one after the other, answers in their order.
///
/// Requests that a client sends ahead stay in the socket, or in the one input buffer, until their turn, so
/// that reading ahead is bounded.
extension ClientConnection {
    /// Reads one request and answers it.
    func serveOne() async -> Ending {
        switch await readHead() {
        case .head(let head):
            enter(.working, within: nil)
            server.requestBegan()
            let ending = await answer(head)
            server.requestEnded()
            guard ending == .goOn else { return ending }
            if server.isDraining { return .polite }
            enter(.idle, within: server.settings.idleTimeout)
            await giveWay()
            return .goOn
        case .refused(let refusal):
            enter(.working, within: nil)
            let response = server.handler.respond(
                toRefusal: refusal, remoteAddress: remoteAddress, isSecure: isSecure)
            let writer = ResponseWriter(connection: self, isHead: false, isVersion11: true)
            return await writer.write(response, keepsAlive: false).outcome == .completed ? .linger : .cut
        case .ended(let ending):
            return ending
        }
    }

    /// Lets others on the loop have their turn, when the client has sent so many requests ahead that none of
    /// them was waited for.
    private func giveWay() async {
        answeredInTurn += 1
        guard answeredInTurn == Self.answersPerTurn else { return }
        answeredInTurn = 0
        await Task.yield()
    }

    private static let answersPerTurn = 16

    // MARK: Reading a head

    private enum HeadResult {
        case head(HTTP1RequestHead)
        case refused(HTTPRefusal)
        case ended(Ending)
    }

    private func readHead() async -> HeadResult {
        var parser = HTTP1Parser(limits: server.settings.limits)
        while true {
            if let input, input.readableCount > 0 {
                if phase == .idle { enter(.head, within: server.settings.headTimeout) }
                if mayBecomeHTTP2 {
                    switch HTTP2Preface.compare(input.readable) {
                    case .whole: return .ended(.becomeHTTP2)
                    case .part: break
                    case .other: mayBecomeHTTP2 = false
                    }
                }
                if !mayBecomeHTTP2 {
                    let (consumed, outcome) = parser.parse(input.readable)
                    input.didRead(consumed)
                    switch outcome {
                    case .head(let head): return .head(head)
                    case .refused(let refusal): return .refused(refusal)
                    case .needsMore: break
                    }
                }
            }
            switch fillInput() {
            case .bytes: continue
            case .ended: return .ended(.polite)
            case .failed: return .ended(.drop)
            case .nothing: break
            }
            let hasBegun = parser.hasBegun || (input?.readableCount ?? 0) > 0
            if !hasBegun { releaseInput() }
            if let ended = await waitForHead(hasBegun: hasBegun) { return ended }
        }
    }

    private func waitForHead(hasBegun: Bool) async -> HeadResult? {
        if !hasBegun, server.isDraining || isLeaving { return .ended(.polite) }
        isUnused = !hasBegun
        await transport.readiness.readable(since: transport.receiveEdge)
        answeredInTurn = 0
        isUnused = false
        switch interruption {
        case nil: return nil
        case .timedOut where hasBegun:
            resumeAfterInterruption()
            return .refused(HTTPRefusal(status: 408, reason: "The request did not arrive in time."))
        case .draining:
            // A request may have come that nobody has told us of yet: it is still answered.
            isLeaving = true
            resumeAfterInterruption()
            enter(.head, within: server.settings.headTimeout)
            transport.lookAgain()
            return nil
        case .timedOut:
            resumeAfterInterruption()
            return .ended(.polite)
        case .transferTooSlow, .cut: return .ended(.drop)
        }
    }

    // MARK: Answering

    private func answer(_ head: HTTP1RequestHead) async -> Ending {
        let hasBody = head.framing != .length(0)
        let body = hasBody ? RequestBody(connection: self, head: head) : nil
        let length: UInt64? = if case .length(let length) = head.framing { length } else { nil }
        let request = HTTPRequest(
            method: head.method, target: head.target, fields: head.fields, contentLength: length,
            body: body ?? emptyBody, remoteAddress: remoteAddress, isSecure: isSecure,
            version: head.isVersion11 ? .http11 : .http10, connection: notes)
        let response = await server.handler.respond(to: request)
        let keepsAlive =
            head.keepsAlive && !response.closesConnection && !server.isDraining && !isLeaving
            && interruption == nil && body?.canBeReadOver != false
        if interruption == .transferTooSlow { resumeAfterInterruption() }
        let writer = ResponseWriter(
            connection: self, isHead: head.method == .head, isVersion11: head.isVersion11)
        let written = await writer.write(response, keepsAlive: keepsAlive)
        server.handler.finished(
            request, status: written.status, bodyBytesSent: written.bodyBytes, outcome: written.outcome)
        let isWhole = await body?.readOver(keepsAlive: written.keepsAlive) ?? true
        body?.detach()
        guard written.outcome == .completed else { return .cut }
        guard written.keepsAlive else {
            return isWhole && (input?.readableCount ?? 0) == 0 ? .polite : .linger
        }
        return isWhole ? .goOn : .linger
    }
}
