import Ports

/// The fields that every answer carries, so that a browser that is led here can do no harm.
enum SecurityHeaders {
    /// `isShared`: a page of another origin is allowed to have the answer.
    static func append(to fields: inout HTTPFields, isSecure: Bool, isShared: Bool = false) {
        guard isShared else { return fields.append(isSecure ? secure : plain) }
        fields.append(isSecure ? sharedSecure : sharedPlain)
    }

    private static let secure = block(isSecure: true, isShared: false)
    private static let plain = block(isSecure: false, isShared: false)
    private static let sharedSecure = block(isSecure: true, isShared: true)
    private static let sharedPlain = block(isSecure: false, isShared: true)

    private static func block(isSecure: Bool, isShared: Bool) -> HTTPFieldBlock {
        var fields = HTTPFields()
        if isSecure { fields.append("strict-transport-security", "max-age=63072000; includeSubDomains") }
        fields.append("x-content-type-options", "nosniff")
        fields.append("x-frame-options", "DENY")
        fields.append("referrer-policy", "no-referrer")
        fields.append("permissions-policy", "camera=(), geolocation=(), microphone=()")
        fields.append("cross-origin-opener-policy", "same-origin")
        fields.append("cross-origin-resource-policy", isShared ? "cross-origin" : "same-origin")
        return HTTPFieldBlock(fields)
    }

    /// For answers that the server wrote itself.
    static let ownPolicy = "default-src 'none'; frame-ancestors 'none'"
    /// For stored bytes: whatever they are, they run nothing and reach nothing.
    static let storedPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'"
}

extension HTTPResponse {
    /// 204: done, or allowed, and nothing to say.
    static var noContent: HTTPResponse {
        var response = HTTPResponse(status: 204)
        response.fields.append("content-security-policy", SecurityHeaders.ownPolicy)
        return response
    }
}
