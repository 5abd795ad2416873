import Domain
import Ports

/// How a claim travels: to the claimant in a cookie and a field of their own, and back in either.
enum LinkClaimFields {
    private static let cookie = "callfs_claim"
    private static let field = "x-callfs-claim"

    /// The claim that a request shows; the field counts before the cookie. What is none is passed over.
    static func claim(of fields: HTTPFields) -> ClaimSecret? {
        if let text = fields.only(field) { return ClaimSecret(parsing: text) }
        // HTTP/2 may split the field at its semicolons (RFC 9113 section 8.2.3).
        for header in fields.all where header.name == "cookie" {
            for pair in header.value.utf8.split(separator: UInt8(ascii: ";")) {
                let text = Substring(pair).drop { $0 == " " }
                guard text.hasPrefix(cookie + "=") else { continue }
                if let claim = ClaimSecret(parsing: text.dropFirst(cookie.utf8.count + 1)) { return claim }
            }
        }
        return nil
    }

    /// Hands a fresh claim out (RFC 6265 section 4.1), for the address of its link and the time of its window
    /// only. The address is the one below `externalURL`, whose path a proxy may take off on the way here.
    static func append(
        _ claim: ClaimSecret, for token: LinkToken, below externalURL: String, to fields: inout HTTPFields
    ) {
        let seconds = Limits.linkResumeWindow.components.seconds
        fields.append(
            "set-cookie",
            "\(cookie)=\(claim.text); Path=\(path(of: externalURL))\(Route.downloadPrefix)/\(token); "
                + "Max-Age=\(seconds); HttpOnly; Secure; SameSite=Strict")
        fields.append(field, claim.text)
    }

    /// `/base` of `https://files.example.com/base`; nothing where there is no path.
    private static func path(of url: String) -> String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count == 4 ? "/" + parts[3] : ""
    }
}
