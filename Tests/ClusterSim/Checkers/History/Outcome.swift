package import Domain

/// What became of an operation, as its client knows it.
package enum Outcome: Hashable, Sendable {
    case ok(Seen)
    /// The rules said no, on a state that was there between request and answer.
    case refused(RefusalKind)
    /// It was certainly not carried out, for reasons that the filesystem's rules know nothing of: 423, 429,
    /// 507, 409 `WRITE_SUPERSEDED`, a connection that was never made. Says nothing about any state.
    case withdrawn(String)
    /// No answer, or one that leaves it open (500, 502, 503, 504): it may have happened, once, at any time
    /// until `Operation.lastEffect`, or never.
    case unknown
}

/// What an answer with success carries.
package enum Seen: Hashable, Sendable {
    case nothing
    /// The state after the change, as the answer tells it; `isNew` for 201.
    case written(isNew: Bool, Attributes)
    case content(SeenContent, Attributes)
    /// 304.
    case notModified
    case attributes(Attributes)
    case page([SeenEntry], hasMore: Bool)
    /// A download link; the address itself is no business of the history.
    case link
}

/// The bytes of an answer.
package enum SeenContent: Hashable, Sendable {
    /// All that was promised, and it says what it is.
    case whole(BodyValue)
    /// A part of a file, all that was promised of it. What it should be is known once it is clear which
    /// body the file had.
    case part(Range<Int>, [UInt8])
    /// All that was promised, and it is no body that anybody wrote. The text says what is wrong.
    case damaged(String)

    /// Of an answer whose bytes are complete. `start` is where they begin, as `Content-Range` says; nil for
    /// an answer with the whole file.
    package init(_ bytes: [UInt8], from start: Int? = nil) {
        if let start {
            self = .part(start..<(start + bytes.count), bytes)
        } else if let value = BodyValue(whole: bytes) {
            self = .whole(value)
        } else {
            self = .damaged("\(bytes.count) bytes that are no whole body")
        }
    }
}

/// What is known of an entry; nil where the answer does not say it.
package struct Attributes: Hashable, Sendable {
    package var kind: FileKind
    package var mode: FileMode?
    package var owner: UserID?
    package var group: GroupID?
    package var size: Int?
    package var links: Int?
    /// As the field `ETag` has it.
    package var tag: String?
    package var mediaType: String?
    package var target: String?
    /// Looked at only where a client has set it.
    package var modifiedAt: WallTime?
    /// All metadata of the user's own.
    package var labels: [String: String]?

    package init(
        kind: FileKind, mode: FileMode? = nil, owner: UserID? = nil, group: GroupID? = nil, size: Int? = nil,
        links: Int? = nil, tag: String? = nil, mediaType: String? = nil, target: String? = nil,
        modifiedAt: WallTime? = nil, labels: [String: String]? = nil
    ) {
        self.labels = labels
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.links = links
        self.tag = tag
        self.mediaType = mediaType
        self.target = target
        self.modifiedAt = modifiedAt
    }
}

package struct SeenEntry: Hashable, Sendable {
    package let name: FileName
    package let attributes: Attributes

    package init(_ name: FileName, _ attributes: Attributes) {
        self.name = name
        self.attributes = attributes
    }
}

/// Why the rules said no: the code of the answer, and where one code is for several things, the status.
package enum RefusalKind: String, Sendable, CaseIterable {
    /// 404 `FILE_NOT_FOUND`.
    case notFound
    /// 409 `NOT_A_DIRECTORY`.
    case notADirectory
    /// 400 `IS_A_DIRECTORY`.
    case isADirectory
    /// 403 `PERMISSION_DENIED`.
    case permissionDenied
    /// 409 `FILE_ALREADY_EXISTS`.
    case alreadyExists
    /// 409 `DIRECTORY_NOT_EMPTY`.
    case directoryNotEmpty
    /// 412 `PRECONDITION_FAILED`.
    case preconditionFailed
    /// 416 `RANGE_NOT_SATISFIABLE`.
    case rangeNotSatisfiable
    /// 400 `INVALID_REQUEST` or `INVALID_PATH`: the root, a directory into itself, the content of a link,
    /// too many links on the way.
    case invalid
    /// 404 `LINK_NOT_FOUND`.
    case linkNotFound
    /// 410 `LINK_GONE`.
    case linkGone

    /// Of an answer that is not a success; nil when it is none of these.
    package init?(status: Int, code: String) {
        switch (status, code) {
        case (404, "FILE_NOT_FOUND"): self = .notFound
        case (409, "NOT_A_DIRECTORY"): self = .notADirectory
        case (400, "IS_A_DIRECTORY"): self = .isADirectory
        case (403, "PERMISSION_DENIED"): self = .permissionDenied
        case (409, "FILE_ALREADY_EXISTS"): self = .alreadyExists
        case (409, "DIRECTORY_NOT_EMPTY"): self = .directoryNotEmpty
        case (412, "PRECONDITION_FAILED"): self = .preconditionFailed
        case (416, "RANGE_NOT_SATISFIABLE"): self = .rangeNotSatisfiable
        case (400, "INVALID_REQUEST"), (400, "INVALID_PATH"): self = .invalid
        case (404, "LINK_NOT_FOUND"): self = .linkNotFound
        case (410, "LINK_GONE"): self = .linkGone
        default: return nil
        }
    }
}

extension Outcome {
    /// The client knows what became of it.
    package var isDecided: Bool {
        switch self {
        case .ok, .refused: true
        case .withdrawn, .unknown: false
        }
    }

    package var isSuccess: Bool { if case .ok = self { true } else { false } }

    /// Of an answer that is not a success. What is neither a refusal by the rules nor certainly nothing is
    /// unknown.
    package init(status: Int, code: String) {
        if let kind = RefusalKind(status: status, code: code) {
            self = .refused(kind)
            return
        }
        switch (status, code) {
        case (423, _), (429, _), (507, _), (413, _), (408, _), (409, "WRITE_SUPERSEDED"),
            (503, "LOCKS_UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"), (422, _), (400, "DIGEST_MISMATCH"):
            self = .withdrawn(code)
        default: self = .unknown
        }
    }
}
