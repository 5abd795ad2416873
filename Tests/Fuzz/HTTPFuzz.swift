import Ports

/// Reads one connection's bytes whole, and again cut into pieces at places that the input chooses: requests,
/// bodies and refusals must be the same, because attackers choose where packets end.
///
/// The first byte says how many cuts there are; each cut is a byte after it that says how long the piece is.
@c(LLVMFuzzerTestOneInput)
package func fuzzHTTP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let cuts = input.first.map({ Int($0 % 16) }), input.count > cuts else { return 0 }
    let pieces = input[1..<(1 + cuts)].map(Int.init)
    let bytes = Array(input[(1 + cuts)...])

    var whole = ConnectionReader()
    whole.feed(bytes[...])
    var parts = ConnectionReader()
    var rest = bytes[...]
    for length in pieces {
        parts.feed(rest.prefix(length))
        rest = rest.dropFirst(length)
    }
    if pieces.isEmpty {
        for byte in rest { parts.feed([byte]) }
    } else {
        parts.feed(rest)
    }
    precondition(
        whole.events == parts.events, "cut otherwise, read otherwise: \(whole.events) and \(parts.events)")
    return 0
}

/// What a connection reads, with the parser and the decoder of the server and a buffer as simple as can be.
private struct ConnectionReader {
    enum Event: Equatable {
        case head(String)
        case body([UInt8])
        case end
        case refused(Int, String)
    }

    private enum State {
        case head(HTTP1Parser)
        case length(UInt64)
        case chunks(HTTP1ChunkDecoder)
        case refused
    }

    private static let limits = HTTP1Limits()

    private(set) var events: [Event] = []
    private var buffer: [UInt8] = []
    private var state = State.head(HTTP1Parser(limits: Self.limits))

    mutating func feed(_ piece: ArraySlice<UInt8>) {
        buffer += piece
        while step() {}
    }

    /// Whether there is more to do with what is there.
    private mutating func step() -> Bool {
        switch state {
        case .head(var parser):
            let (consumed, outcome) = buffer.withUnsafeBytes { parser.parse($0) }
            take(consumed)
            state = .head(parser)
            return handle(outcome)
        case .length(let remaining):
            let taken = UInt64(clamping: buffer.count) < remaining ? buffer.count : Int(remaining)
            addBody(buffer.prefix(taken))
            take(taken)
            if UInt64(taken) == remaining {
                endBody()
            } else {
                state = .length(remaining - UInt64(taken))
            }
            return UInt64(taken) == remaining
        case .chunks(var decoder):
            let (consumed, step) = buffer.withUnsafeBytes { decoder.decode($0) }
            take(consumed)
            return handle(step, &decoder)
        case .refused:
            return false
        }
    }

    private mutating func handle(_ outcome: HTTP1Parser.Outcome) -> Bool {
        switch outcome {
        case .needsMore:
            return false
        case .refused(let refusal):
            refuse(refusal)
            return false
        case .head(let head):
            check(head)
            events.append(.head("\(head)"))
            switch head.framing {
            case .length(let length): state = .length(length)
            case .chunked: state = .chunks(HTTP1ChunkDecoder(limits: Self.limits))
            }
            return true
        }
    }

    private mutating func handle(_ step: HTTP1ChunkDecoder.Step, _ decoder: inout HTTP1ChunkDecoder) -> Bool {
        switch step {
        case .needsMore:
            state = .chunks(decoder)
            return false
        case .content(let count):
            precondition(count > 0, "an empty piece of content")
            let taken = UInt64(clamping: buffer.count) < count ? buffer.count : Int(count)
            addBody(buffer.prefix(taken))
            take(taken)
            decoder.didTake(UInt64(taken))
            state = .chunks(decoder)
            return taken > 0 && UInt64(taken) == count
        case .end:
            endBody()
            return true
        case .refused(let refusal):
            refuse(refusal)
            return false
        }
    }

    private mutating func take(_ count: Int) {
        precondition((0...buffer.count).contains(count), "used up what was not there")
        buffer.removeFirst(count)
    }

    private mutating func addBody(_ bytes: ArraySlice<UInt8>) {
        guard !bytes.isEmpty else { return }
        if case .body(let before) = events.last {
            events[events.count - 1] = .body(before + bytes)
        } else {
            events.append(.body(Array(bytes)))
        }
    }

    private mutating func endBody() {
        events.append(.end)
        state = .head(HTTP1Parser(limits: Self.limits))
    }

    private mutating func refuse(_ refusal: HTTPRefusal) {
        precondition((400...505).contains(refusal.status), "refused with \(refusal.status)")
        precondition(!refusal.reason.isEmpty, "refused without a reason")
        events.append(.refused(refusal.status, refusal.reason))
        state = .refused
    }

    /// What no accepted head may hold, whatever the bytes were.
    private func check(_ head: HTTP1RequestHead) {
        precondition(
            head.target == "*" || head.target.utf8.first == UInt8(ascii: "/"), "a target of no known form")
        precondition(
            head.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a target with bytes that are none")
        precondition(head.fields.all.count <= Self.limits.fieldCountMax + 1, "too many fields")
        for field in head.fields.all {
            precondition(!field.name.isEmpty && field.name == field.name.lowercased(), "a field name")
            precondition(field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }, "a field name")
            precondition(field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 9 }, "a field value")
        }
        let lengths = head.fields.count("content-length")
        let codings = head.fields.count("transfer-encoding")
        precondition(lengths + codings <= 1, "two framings")
        precondition((head.framing == .chunked) == (codings == 1), "another framing than the fields say")
    }
}
