import Ports

/// A request of HTTP/2 that breaks no rule, but for its body.
struct HTTP2RequestHead {
    var method: HTTPMethod
    /// In origin form; `*` only for OPTIONS.
    var target: String
    var fields: HTTPFields
    /// What Content-Length says; nil without.
    var announcedLength: UInt64?
    var expectsContinue: Bool
}

/// Takes the fields of a head one by one (RFC 9113 section 8.3) and makes a request of them.
///
/// nghttp2 has checked the grammar already: pseudo fields first, once, and complete, names and values of
/// valid bytes, no field of a connection, one Content-Length. Here are the rules and limits that HTTP/1.1 has
/// too, so that a request means the same in both.
struct HTTP2HeadCollector {
    private let limits: HTTP1Limits
    private var method = ""
    private var scheme = ""
    private var path = ""
    private var authority: String?
    private var host: String?
    private var fields = HTTPFields()
    private var cookie: String?
    private var fieldCount = 0
    private var announcedLength: UInt64?
    private var expectsContinue = false
    private var hasOtherExpectation = false
    /// All names and values, counted as HTTP/1.1 writes them.
    private(set) var byteCount = 0
    /// The first rule that was broken.
    private var refusal: HTTPRefusal?

    init(limits: HTTP1Limits) {
        self.limits = limits
        fields.reserveCapacity(16)
    }

    var isHead: Bool { method == "HEAD" }

    /// Takes one field. What is over a limit is counted and not kept.
    mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        byteCount += name.count + value.count + 4
        guard refusal == nil else { return }
        do throws(HTTPRefusal) {
            guard byteCount <= limits.headMaxBytes else { throw .headTooLong }
            if name.first == UInt8(ascii: ":") {
                try addPseudo(name, value[...])
            } else {
                guard name.count + value.count <= limits.fieldLineMaxBytes else { throw .fieldTooLong }
                try addField(name, value[...])
            }
        } catch {
            refusal = error
        }
    }

    private mutating func addPseudo(
        _ name: UnsafeRawBufferPointer, _ value: Slice<UnsafeRawBufferPointer>
    ) throws(HTTPRefusal) {
        guard value.count <= limits.requestLineMaxBytes else { throw .requestLineTooLong }
        let text = try FieldLine.text(value)
        // Which of the five it is shows in its second letter, and the last tells :path from :protocol.
        switch (name.count, name.count > 1 ? name[1] : 0) {
        case (7, UInt8(ascii: "m")): method = text
        case (7, UInt8(ascii: "s")): scheme = text
        case (5, UInt8(ascii: "p")): path = text
        case (10, UInt8(ascii: "a")):
            guard HostSyntax.isValid(value) else { throw .badHost }
            authority = text
        default: throw .badFieldName
        }
    }

    private mutating func addField(
        _ name: UnsafeRawBufferPointer, _ value: Slice<UnsafeRawBufferPointer>
    ) throws(HTTPRefusal) {
        let (name, role) = FieldNames.resolve(name)
        let text = try FieldLine.text(value.trimmed)
        switch role {
        case .host:
            guard host == nil else { throw .severalHosts }
            guard HostSyntax.isValid(value) else { throw .badHost }
            host = text
            return
        case .contentLength:
            guard let length = UInt64(text), length <= UInt64(Int64.max) else { throw .bodyTooLarge }
            announcedLength = length
        case .expect:
            if value.equalsIgnoringCase("100-continue") {
                expectsContinue = true
            } else {
                hasOtherExpectation = true
            }
        case .ordinary:
            guard name != "cookie" else {
                // Clients cut it into pieces that compress well (RFC 9113 section 8.2.3).
                cookie = cookie.map { $0 + "; " + text } ?? text
                return
            }
        // nghttp2 refuses them: they belong to a connection of HTTP/1.1.
        case .transferEncoding, .connection: throw .badFieldName
        }
        fieldCount += 1
        guard fieldCount <= limits.fieldCountMax else { throw .tooManyFields }
        fields.append(name, text)
    }

    /// The request, once its last field was added.
    func finish() throws(HTTPRefusal) -> HTTP2RequestHead {
        if let refusal { throw refusal }
        guard method.utf8.count <= HTTP1Limits.methodMaxBytes else { throw .unknownMethod }
        let method = HTTPMethod(token: method)
        if case .other("CONNECT") = method { throw .unknownMethod }
        guard scheme == "https" || scheme == "http" else { throw .badTargetForm }
        try checkPath(method)
        guard let named = authority ?? host else { throw .missingHost }
        if let host, let authority, host != authority { throw .severalHosts }
        guard !hasOtherExpectation else { throw .unknownExpectation }
        var all = HTTPFields()
        all.reserveCapacity(fields.all.count + 2)
        all.append("host", named)
        for field in fields.all { all.append(field.name, field.value) }
        if let cookie { all.append("cookie", cookie) }
        return HTTP2RequestHead(
            method: method, target: path, fields: all, announcedLength: announcedLength,
            expectsContinue: expectsContinue)
    }

    private func checkPath(_ method: HTTPMethod) throws(HTTPRefusal) {
        if path == "*", method == .options { return }
        guard path.utf8.first == UInt8(ascii: "/") else { throw .badTargetForm }
        var path = path
        let isValid = path.withUTF8 { ByteClass.Lookup().all(UnsafeRawBufferPointer($0)[...], .target) }
        guard isValid else { throw .badTarget }
    }
}
