/// Who did what to which path, and what came of it: one entry for every request that changes something,
/// and for every one that was turned away for want of a key or a permission.
///
/// A call never blocks and never fails. An entry that cannot be written is counted and reported as an error
/// event; the request goes on, because a full disk must not keep anybody from deleting.
package protocol AuditLog: Sendable {
    /// The entry is not made where it is not kept.
    func record(_ entry: @autoclosure () -> AuditEntry)
}

/// One line of the audit log. Never holds a key, a token or a content.
package struct AuditEntry: Sendable, Equatable {
    /// Nil for what does nothing to files.
    package let action: FileAction?
    /// The principal's name; a hyphen when nobody was recognized.
    package let principal: String
    /// As the client wrote it where it is no path; never a download token.
    package let path: String
    /// Where it was moved or copied to.
    package let destination: String?
    /// `ok`, or the code of the error that the client was told.
    package let outcome: String
    package let status: Int
    package let requestID: String
    package let traceID: String
    package let remoteAddress: String

    package init(
        action: FileAction?, principal: String, path: String, destination: String?, outcome: String,
        status: Int, requestID: String, traceID: String, remoteAddress: String
    ) {
        self.action = action
        self.principal = principal
        self.path = path
        self.destination = destination
        self.outcome = outcome
        self.status = status
        self.requestID = requestID
        self.traceID = traceID
        self.remoteAddress = remoteAddress
    }
}

/// What a request does to files, as far as its method and route tell.
package enum FileAction: Int, Sendable, CaseIterable {
    case read, stat, list, create, replace, attributes, move, copy, remove, issueLink, claimLink

    /// As logs and metrics write it.
    package var label: String {
        switch self {
        case .read: "read"
        case .stat: "stat"
        case .list: "list"
        case .create: "create"
        case .replace: "replace"
        case .attributes: "attributes"
        case .move: "move"
        case .copy: "copy"
        case .remove: "remove"
        case .issueLink: "link_issue"
        case .claimLink: "link_claim"
        }
    }

    /// Whether it leaves something else than it found.
    package var changesSomething: Bool {
        switch self {
        case .read, .stat, .list: false
        case .create, .replace, .attributes, .move, .copy, .remove, .issueLink, .claimLink: true
        }
    }
}

/// The audit log that keeps nothing.
package struct SilentAuditLog: AuditLog {
    package init() {}
    package func record(_ entry: @autoclosure () -> AuditEntry) {}
}
