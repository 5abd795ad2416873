import Ports

/// The conditions of a request that are not known here, such as `If` of WebDAV (RFC 4918 section 10.4).
/// Passing one over would carry out what its client wanted to be prevented, so it is refused.
enum UnknownConditions {
    private static let known: Set<String> = [
        "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range",
    ]

    static func refuse(_ fields: HTTPFields) throws(ErrorAnswer) {
        for field in fields.all where field.name == "if" || field.name.hasPrefix("if-") {
            guard known.contains(field.name) else {
                throw .invalidRequest(
                    "The condition '\(field.name)' is not known here, and is not passed over; known are "
                        + "If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since and If-Range.")
            }
        }
    }
}
