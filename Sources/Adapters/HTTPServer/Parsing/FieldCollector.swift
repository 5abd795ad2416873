import Ports

/// Takes the fields of a head one by one and finds out, with all of them, how the message is framed.
struct FieldCollector {
    private(set) var fields = HTTPFields()
    private var hasHost = false
    private var contentLength: UInt64?
    private var isChunked = false
    private var asksToClose = false
    private var asksToKeepAlive = false
    private var expectsContinue = false
    private var hasOtherExpectation = false

    init() { fields.reserveCapacity(16) }

    mutating func add(_ line: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) {
        let (name, role, value) = try FieldLine.parse(line)
        switch role {
        case .ordinary: break
        case .host:
            guard !hasHost else { throw .severalHosts }
            guard HostSyntax.isValid(value) else { throw .badHost }
            hasHost = true
        case .contentLength: try addContentLength(value)
        case .transferEncoding: try addTransferEncoding(value)
        case .connection: addConnectionOptions(value)
        case .expect:
            if value.equalsIgnoringCase("100-continue") {
                expectsContinue = true
            } else {
                hasOtherExpectation = true
            }
        }
        fields.append(name, try FieldLine.text(value))
    }

    /// The head, once its last line was read.
    func finish(_ line: RequestLine) throws(HTTPRefusal) -> HTTP1RequestHead {
        guard hasHost || !line.isVersion11 else { throw .missingHost }
        guard !isChunked || line.isVersion11 else { throw .encodingBefore11 }
        guard !hasOtherExpectation || !line.isVersion11 else { throw .unknownExpectation }
        return HTTP1RequestHead(
            method: line.method, target: line.target, fields: fields(for: line.authority),
            framing: isChunked ? .chunked : .length(contentLength ?? 0),
            keepsAlive: !asksToClose && (line.isVersion11 || asksToKeepAlive),
            expectsContinue: expectsContinue && line.isVersion11, isVersion11: line.isVersion11)
    }

    /// One decimal number. Lists of equal numbers are refused too: RFC 9112 section 6.3 allows it.
    private mutating func addContentLength(_ value: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) {
        guard contentLength == nil else { throw .severalContentLengths }
        guard !isChunked else { throw .lengthAndEncoding }
        guard !value.isEmpty, ByteClass.Lookup().all(value, .digit) else { throw .badContentLength }
        var length: UInt64 = 0
        for byte in value {
            let (scaled, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry, sum <= UInt64(Int64.max) else { throw .bodyTooLarge }
            length = sum
        }
        contentLength = length
    }

    private mutating func addTransferEncoding(_ value: Slice<UnsafeRawBufferPointer>) throws(HTTPRefusal) {
        guard contentLength == nil else { throw .lengthAndEncoding }
        guard !isChunked else { throw .badTransferEncoding }
        guard !value.equalsIgnoringCase("chunked") else {
            isChunked = true
            return
        }
        let codings = value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(
            \.trimmed)
        let endsChunked = codings.last?.equalsIgnoringCase("chunked") == true
        let others = codings.dropLast()
        guard endsChunked, others.allSatisfy({ !$0.isEmpty && !$0.equalsIgnoringCase("chunked") }) else {
            throw .badTransferEncoding
        }
        throw .unknownCoding
    }

    private mutating func addConnectionOptions(_ value: Slice<UnsafeRawBufferPointer>) {
        for option in value.split(separator: UInt8(ascii: ",")).map(\.trimmed) {
            if option.equalsIgnoringCase("close") { asksToClose = true }
            if option.equalsIgnoringCase("keep-alive") { asksToKeepAlive = true }
        }
    }

    /// The fields, in which a host of the target stands for the one of the Host field.
    private func fields(for authority: String?) -> HTTPFields {
        guard let authority else { return fields }
        var replaced = HTTPFields()
        replaced.append("host", authority)
        for field in fields.all where field.name != "host" { replaced.append(field.name, field.value) }
        return replaced
    }
}
