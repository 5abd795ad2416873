/// A name that a client gives to a request, so that it may send it again and have it done once
/// (draft-ietf-httpapi-idempotency-key-header-07). Everybody has keys of their own.
package struct IdempotencyKey: Sendable, Hashable {
    package let principal: String
    package let text: String

    /// The value of the field: a string in quotes, as the draft has it, or the bare text, as most clients
    /// send it. Nil when it is empty, longer than `Limits.idempotencyKeyBytesMax`, or has other than
    /// visible ASCII and, in quotes, spaces.
    package init?(parsing value: String, of principal: String) {
        let text: String
        if value.utf8.first == UInt8(ascii: "\"") {
            guard case .string(let unquoted) = StructuredItem(parsing: value) else { return nil }
            text = unquoted
        } else {
            guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }) else {
                return nil
            }
            text = value
        }
        guard (1...Limits.idempotencyKeyBytesMax).contains(text.utf8.count) else { return nil }
        self.principal = principal
        self.text = text
    }

    /// A key that was validated before it was stored.
    package init(stored text: String, of principal: String) {
        self.principal = principal
        self.text = text
    }
}

/// A request under a key: what tells it from other requests.
package struct IdempotencyClaim: Sendable, Equatable {
    package let key: IdempotencyKey
    /// SHA-256 of method, target and the fields that matter.
    package let head: [UInt8]
    /// SHA-256 of the body; nil when it was not read, and then it is not compared.
    package var body: [UInt8]?

    package init(key: IdempotencyKey, head: [UInt8], body: [UInt8]? = nil) {
        self.key = key
        self.head = head
        self.body = body
    }

    /// Whether a request that comes again is the one that was answered.
    package func isSame(as recorded: IdempotencyClaim) -> Bool {
        guard key == recorded.key, head == recorded.head else { return false }
        guard let body, let other = recorded.body else { return true }
        return body == other
    }
}

/// What is kept of a request that was answered.
package struct AnsweredRequest: Sendable, Equatable {
    package let claim: IdempotencyClaim
    package let answer: RecordedAnswer
    /// The store's time of the commit.
    package let at: WallTime

    package init(claim: IdempotencyClaim, answer: RecordedAnswer, at time: WallTime) {
        self.claim = claim
        self.answer = answer
        at = time
    }

    /// Whether it still counts at a later time of the store.
    package func holds(at time: WallTime) -> Bool { at + Limits.idempotencyKept > time }
}
