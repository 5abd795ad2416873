/// What came of a step, in words that both sides share.
package enum Outcome: Sendable, Equatable {
    /// What the entry is like now. `isNew` where the call may find something or make it.
    case entry(Shown, isNew: Bool?)
    case bytes([UInt8])
    case names([String])
    case removed
    case refused(RefusalKind)
    /// A refusal without a word: of HEAD only the status is seen.
    case refusedWithStatus(Int)
    case tree([String])

    package var isRefusal: Bool {
        switch self {
        case .refused, .refusedWithStatus: true
        case .entry, .bytes, .names, .removed, .tree: false
        }
    }
}

/// An inode as both sides show it.
package struct Shown: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case file, directory, symlink
    }

    var kind: Kind
    var mode: UInt16
    var user: UInt32
    var group: UInt32
    /// 0 of a directory: what the kernel says of those depends on the filesystem.
    var size: Int
    /// How many names it has; 0 of a directory, whose count is the filesystem's affair too.
    var links: Int
    /// Whole seconds; only where the step set it.
    var modifiedAt: Int?

    package init(
        kind: Kind, mode: UInt16, user: UInt32, group: UInt32, size: Int, links: Int, modifiedAt: Int? = nil
    ) {
        self.kind = kind
        self.mode = mode
        self.user = user
        self.group = group
        self.size = size
        self.links = links
        self.modifiedAt = modifiedAt
    }

    var line: String {
        "\(kind.rawValue) 0\(String(mode, radix: 8)) \(user):\(group) \(size) bytes"
            + (kind == .directory ? "" : " \(links) names")
            + (modifiedAt.map { " mtime \($0)" } ?? "")
    }
}

/// Why a step was refused. What CallFS tells apart less finely than errno(3) is one here: EACCES and EPERM
/// are both that a right is missing.
package enum RefusalKind: String, Sendable, CaseIterable {
    case missing, denied, exists, notDirectory, isDirectory, notEmpty
    /// ENAMETOOLONG and ELOOP: such a path cannot be walked.
    case badPath
    /// EINVAL, EBUSY: the request makes no sense.
    case invalid
    /// What neither side should ever say.
    case unexpected

    /// The status of its answer.
    var status: Int {
        switch self {
        case .missing: 404
        case .denied: 403
        case .exists, .notDirectory, .notEmpty: 409
        case .isDirectory, .invalid, .badPath: 400
        case .unexpected: 500
        }
    }
}

extension Outcome: CustomStringConvertible {
    package var description: String {
        switch self {
        case .entry(let shown, let isNew): shown.line + (isNew == true ? " (new)" : "")
        case .bytes(let bytes):
            "\(bytes.count) bytes beginning with \(bytes.first.map(String.init) ?? "none")"
        case .names(let names): "[" + names.joined(separator: ", ") + "]"
        case .removed: "removed"
        case .refused(let kind): "refused: \(kind.rawValue)"
        case .refusedWithStatus(let status): "refused with \(status)"
        case .tree(let lines): "a tree of \(lines.count)"
        }
    }
}
