import HTTPServer
import Ports

/// Runs the parser and the chunk decoder over input that comes in pieces, as a connection does, and writes
/// down what they make of it.
struct MachineHarness {
    /// What was made of one request.
    enum Event: Equatable {
        case request(
            method: String, target: String, fields: [HTTPFields.Field], body: [UInt8], keepsAlive: Bool)
        case refused(HTTPRefusal)
    }

    private enum State {
        case head(HTTP1Parser)
        case length(HTTP1RequestHead, UInt64)
        case chunked(HTTP1RequestHead, HTTP1ChunkDecoder)
        case over
    }

    private let limits: HTTP1Limits
    private(set) var events: [Event] = []
    private var state: State
    private var pending: [UInt8] = []
    private var body: [UInt8] = []

    init(limits: HTTP1Limits = HTTP1Limits()) {
        self.limits = limits
        state = .head(HTTP1Parser(limits: limits))
    }

    /// What is made of `bytes` when they come in the pieces that `cuts` makes.
    static func events(of bytes: [UInt8], cuts: [Int] = [], limits: HTTP1Limits = HTTP1Limits()) -> [Event] {
        var harness = MachineHarness(limits: limits)
        var start = 0
        for cut in cuts + [bytes.count] {
            harness.feed(bytes[start..<cut])
            start = cut
        }
        return harness.events
    }

    /// The statuses that a server with a handler that reads every body answers, after the last byte has come
    /// and nothing follows.
    static func answers(to bytes: [UInt8]) -> [HostileRequest.Answer] {
        var harness = MachineHarness()
        harness.feed(bytes[...])
        var answers: [HostileRequest.Answer] = harness.events.map { event in
            switch event {
            case .request: HostileRequest.Answer.status(200)
            case .refused(let refusal): .status(refusal.status)
            }
        }
        switch harness.state {
        case .over: break
        case .head(let parser):
            if parser.hasBegun || !harness.pending.isEmpty {
                answers.append(.status(408))
            } else if answers.isEmpty {
                answers.append(.close)
            }
        case .length, .chunked: answers.append(.status(408))
        }
        return answers
    }

    mutating func feed(_ piece: ArraySlice<UInt8>) {
        pending += piece
        while advance() {}
    }

    private mutating func advance() -> Bool {
        switch state {
        case .over:
            pending = []
            return false
        case .head(var parser):
            let (consumed, outcome) = pending.withUnsafeBytes { parser.parse($0) }
            pending.removeFirst(consumed)
            state = .head(parser)
            return advance(by: outcome)
        case .length(let head, let remaining):
            let count = min(pending.count, Int(clamping: remaining))
            body += pending.prefix(count)
            pending.removeFirst(count)
            state = .length(head, remaining - UInt64(count))
            if remaining == UInt64(count) { finish(head) }
            return remaining == UInt64(count)
        case .chunked(let head, var decoder):
            let (consumed, step) = pending.withUnsafeBytes { decoder.decode($0) }
            pending.removeFirst(consumed)
            switch step {
            case .needsMore:
                state = .chunked(head, decoder)
                return false
            case .content(let remaining):
                let count = min(pending.count, Int(clamping: remaining))
                body += pending.prefix(count)
                pending.removeFirst(count)
                if count > 0 { decoder.didTake(UInt64(count)) }
                state = .chunked(head, decoder)
                return count > 0
            case .end:
                finish(head)
                return true
            case .refused(let refusal):
                events.append(.refused(refusal))
                state = .over
                return false
            }
        }
    }

    private mutating func advance(by outcome: HTTP1Parser.Outcome) -> Bool {
        switch outcome {
        case .needsMore: return false
        case .refused(let refusal):
            events.append(.refused(refusal))
            state = .over
            return false
        case .head(let head):
            switch head.framing {
            case .length(let length): state = .length(head, length)
            case .chunked: state = .chunked(head, HTTP1ChunkDecoder(limits: limits))
            }
            return true
        }
    }

    private mutating func finish(_ head: HTTP1RequestHead) {
        events.append(
            .request(
                method: head.method.token, target: head.target, fields: head.fields.all, body: body,
                keepsAlive: head.keepsAlive))
        body = []
        state = head.keepsAlive ? .head(HTTP1Parser(limits: limits)) : .over
    }
}

/// A small seeded generator (splitmix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
