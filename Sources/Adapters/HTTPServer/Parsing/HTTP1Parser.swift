package import Ports

/// A head that was read completely and breaks no rule.
package struct HTTP1RequestHead {
    package var method: HTTPMethod
    /// In origin form; `*` only for OPTIONS.
    package var target: String
    package var fields: HTTPFields
    package var framing: BodyFraming
    /// Whether the client lets the connection go on after this exchange.
    package var keepsAlive: Bool
    package var expectsContinue: Bool
    /// Whether the answer may be chunked: the client speaks HTTP/1.1.
    package var isVersion11: Bool
}

/// Where the body of a request ends (RFC 9112 section 6.3).
package enum BodyFraming: Equatable, Sendable {
    case length(UInt64)
    case chunked
}

/// Reads the head of one request, line by line: a pure machine without input or output of its own.
///
/// It is as strict as RFC 9112 allows, because whatever two parsers read differently can smuggle a request
/// past one of them. It refuses as soon as the first offending line, or the part of it that shows the
/// offence, is there; however the input is cut into pieces, the outcome is the same.
package struct HTTP1Parser {
    package enum Outcome {
        /// All complete lines were taken; call again with what was not, and more behind it.
        case needsMore
        case head(HTTP1RequestHead)
        /// The connection ends after the answer: nobody knows where the next request would begin.
        case refused(HTTPRefusal)
    }

    private enum State { case start, fields }

    private let limits: HTTP1Limits
    private var state = State.start
    private var hasSkippedEmptyLine = false
    private var headBytes = 0
    private var requestLine = RequestLine()
    private var head = FieldCollector()

    package init(limits: HTTP1Limits) { self.limits = limits }

    /// Whether a request has begun: a part of its head was taken.
    package var hasBegun: Bool { headBytes > 0 }

    /// Reads on, and says how many bytes of the front were used up. After a head or a refusal a fresh parser
    /// reads the next request.
    package mutating func parse(_ bytes: UnsafeRawBufferPointer) -> (consumed: Int, outcome: Outcome) {
        var position = 0
        while true {
            do throws(HTTPRefusal) {
                guard let head = try parseLine(bytes, &position) else { continue }
                return (position, head)
            } catch {
                return (position, .refused(error))
            }
        }
    }

    /// Reads one line; nil when there may be another one.
    private mutating func parseLine(
        _ bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) throws(HTTPRefusal) -> Outcome? {
        if state == .start, position < bytes.count { try RequestLine.checkFirstByte(bytes[position]) }
        let lineMaximum = state == .start ? limits.requestLineMaxBytes : limits.fieldLineMaxBytes
        let maximum = min(lineMaximum, limits.headMaxBytes - headBytes)
        let finding = LineScanner.scan(bytes, from: position, maximum: maximum)
        guard case .line(let line, let next) = finding else {
            try refuse(finding, isHeadTooLong: maximum < lineMaximum)
            return .needsMore
        }
        headBytes += next - position
        position = next
        switch (state, line.isEmpty) {
        case (.start, true):
            guard !hasSkippedEmptyLine else { throw .badRequestLine }
            hasSkippedEmptyLine = true
        case (.start, false):
            requestLine = try RequestLine(bytes[line])
            state = .fields
        case (.fields, false):
            guard head.fields.all.count < limits.fieldCountMax else { throw .tooManyFields }
            try head.add(bytes[line])
        case (.fields, true):
            return .head(try head.finish(requestLine))
        }
        return nil
    }

    private func refuse(_ finding: LineScanner.Finding, isHeadTooLong: Bool) throws(HTTPRefusal) {
        switch finding {
        case .line, .incomplete: return
        case .bareCarriageReturn: throw .bareCarriageReturn
        case .bareLineFeed: throw .bareLineFeed
        case .tooLong:
            if state == .start { throw .requestLineTooLong }
            throw isHeadTooLong ? .headTooLong : .fieldTooLong
        }
    }
}
