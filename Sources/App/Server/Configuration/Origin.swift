/// The shape of an origin as browsers send it (RFC 6454 section 6.2): scheme, host in lower case, and the
/// port unless it is the scheme's own. Compared as bytes, so any other spelling would never match.
enum Origin {
    static func isValid(_ text: String) -> Bool {
        if text == "*" { return true }
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where text.hasPrefix(scheme) {
            let authority = text.dropFirst(scheme.count)
            return !authority.isEmpty && !authority.contains("/") && authority == authority.lowercased()
                && !authority.hasSuffix(port) && ExternalURL.isValid(text)
        }
        return false
    }
}
