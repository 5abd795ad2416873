/// What a client wants to be true before its request counts (RFC 9110 section 13.1). `If-Range` is apart, in
/// `IfRange`.
package struct Conditions: Sendable, Equatable {
    package var ifMatch: TagCondition?
    package var ifNoneMatch: TagCondition?
    package var ifModifiedSince: WallTime?
    package var ifUnmodifiedSince: WallTime?

    package init(
        ifMatch: TagCondition? = nil, ifNoneMatch: TagCondition? = nil, ifModifiedSince: WallTime? = nil,
        ifUnmodifiedSince: WallTime? = nil
    ) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
        self.ifModifiedSince = ifModifiedSince
        self.ifUnmodifiedSince = ifUnmodifiedSince
    }

    package var isEmpty: Bool { self == Conditions() }

    package enum Outcome: Sendable, Equatable {
        case proceed
        /// To a read only: the client has the current representation.
        case notModified
        case failed
    }

    /// Evaluates in the order of RFC 9110 section 13.2.2: tags win over dates. `tag` is that of the current
    /// representation, nil when there is none; dates are whole seconds, as HTTP knows them. To be asked after
    /// everything else that could refuse the request.
    package func evaluate(tag: EntityTag?, modifiedAt: WallTime?, isRead: Bool) -> Outcome {
        if let ifMatch {
            guard ifMatch.isMetByMatch(tag) else { return .failed }
        } else if let ifUnmodifiedSince, let modifiedAt, modifiedAt.seconds > ifUnmodifiedSince.seconds {
            return .failed
        }
        if let ifNoneMatch {
            return ifNoneMatch.isMetByNoMatch(tag) ? .proceed : (isRead ? .notModified : .failed)
        }
        if isRead, let ifModifiedSince, let modifiedAt, modifiedAt.seconds <= ifModifiedSince.seconds {
            return .notModified
        }
        return .proceed
    }

    /// The same for a read of a representation that is there and has neither tag nor date: only `*`
    /// matches it, and dates say nothing (RFC 9110 sections 13.1.1 to 13.1.4).
    package var outcomeWithoutValidators: Outcome {
        if case .tags = ifMatch { return .failed }
        if case .any = ifNoneMatch { return .notModified }
        return .proceed
    }

    /// Refuses a request on `inode`, nil when there is none, whose conditions do not hold.
    package func require(on inode: Inode?, isRead: Bool = false) throws(Refusal) {
        guard !isEmpty else { return }
        switch evaluate(tag: inode.map(EntityTag.init(of:)), modifiedAt: inode?.modifiedAt, isRead: isRead) {
        case .proceed: return
        case .notModified: throw .notModified
        case .failed: throw .preconditionFailed
        }
    }
}

/// The value of `If-Match` or `If-None-Match`.
package enum TagCondition: Sendable, Equatable {
    /// `*`: any representation at all.
    case any
    case tags([EntityTag])

    /// Reads `*` or a list of tags. Nil when it is malformed, has no tag, or more than
    /// `Limits.conditionTagsMax`. Empty elements of the list are passed over, as RFC 9110 section 5.6.1.2
    /// demands.
    package init?(parsing text: String) {
        var scanner = FieldScanner(text)
        scanner.skipWhitespace()
        if scanner.skip("*") {
            scanner.skipWhitespace()
            guard scanner.isAtEnd else { return nil }
            self = .any
            return
        }
        var tags: [EntityTag] = []
        while !scanner.isAtEnd {
            if !scanner.skip(",") {
                guard tags.count < Limits.conditionTagsMax, let tag = scanner.entityTag() else { return nil }
                tags.append(tag.uncoded)
                scanner.skipWhitespace()
                guard scanner.isAtEnd || scanner.skip(",") else { return nil }
            }
            scanner.skipWhitespace()
        }
        guard !tags.isEmpty else { return nil }
        self = .tags(tags)
    }

    /// `If-Match`: compared strongly, for the client is about to change exactly what it saw.
    func isMetByMatch(_ tag: EntityTag?) -> Bool {
        guard let tag else { return false }
        switch self {
        case .any: return true
        case .tags(let tags): return tags.contains { $0.matchesStrongly(tag) }
        }
    }

    /// `If-None-Match`: compared weakly.
    func isMetByNoMatch(_ tag: EntityTag?) -> Bool {
        guard let tag else { return true }
        switch self {
        case .any: return false
        case .tags(let tags): return !tags.contains { $0.matchesWeakly(tag) }
        }
    }
}
