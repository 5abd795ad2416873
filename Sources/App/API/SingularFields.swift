import Ports

/// The request fields that may come once only: of two, nobody could say which was meant (RFC 9110 section
/// 5.3).
enum SingularFields {
    private static let names: Set<String> = [
        "authorization", "content-type", "content-range", "depth", "destination", "idempotency-key",
        "if-modified-since",
        "if-range", "if-unmodified-since", "overwrite", "range", "x-callfs-claim", "x-callfs-mode",
        "x-callfs-mtime",
    ]

    static func check(_ fields: HTTPFields) throws(ErrorAnswer) {
        let all = fields.all
        for index in all.indices.dropFirst() {
            let name = all[index].name
            for earlier in all[..<index] where earlier.name == name && names.contains(name) {
                throw .invalidRequest("The field '\(name)' is there twice.")
            }
        }
    }
}
