import Domain
import Ports

extension Conditions {
    /// The conditions of a request (RFC 9110 section 13.1). A tag list that cannot be read is refused; a date
    /// that cannot is ignored, as the RFC asks.
    init(_ fields: HTTPFields, now: WallTime) throws(ErrorAnswer) {
        self.init()
        if let text = fields.joined("if-match") {
            guard let condition = TagCondition(parsing: text) else {
                throw .invalidRequest("The field 'If-Match' is not '*' or a list of entity tags.")
            }
            ifMatch = condition
        } else if let text = fields.only("if-unmodified-since") {
            ifUnmodifiedSince = WallTime(httpDate: text, now: now)
        }
        if let text = fields.joined("if-none-match") {
            guard let condition = TagCondition(parsing: text) else {
                throw .invalidRequest("The field 'If-None-Match' is not '*' or a list of entity tags.")
            }
            ifNoneMatch = condition
        } else if let text = fields.only("if-modified-since") {
            ifModifiedSince = WallTime(httpDate: text, now: now)
        }
    }
}
