/// What somebody wants to do with an inode.
package enum AccessRight: String, Sendable, CaseIterable {
    case read
    case write
    /// To look up names in a directory; to execute a file.
    case search

    /// The bit that grants it.
    package var permission: Permissions {
        switch self {
        case .read: .read
        case .write: .write
        case .search: .execute
        }
    }
}

/// Whether a right is granted on one inode, and by what: enough to explain it.
package struct AccessDecision: Sendable, Equatable {
    package let right: AccessRight
    package let isGranted: Bool
    /// The class whose bits counted, also where the superuser passed them by.
    package let permissionClass: PermissionClass
    package let mode: FileMode
    /// True when the bits alone would have said no.
    package let isBySuperuser: Bool

    /// The denial of an inode at `path`; nil when the right is granted.
    package func denial(at path: FilePath) -> AccessDenial? {
        guard !isGranted else { return nil }
        return AccessDenial(
            path: path, right: right, inodeMode: mode, permissionClass: permissionClass, rule: .bits)
    }
}

/// The rule that said no.
package enum DenialRule: String, Sendable, CaseIterable {
    /// The permission bits of the class that counts.
    case bits
    /// The sticky bit: in such a directory only the owner of an entry or of the directory removes or renames
    /// it.
    case sticky
    /// Only the owner and the superuser change a mode or set times.
    case notOwner
    /// An owner gives a file only to a group of theirs.
    case notMember
    /// Only the superuser changes the owner.
    case notSuperuser
    /// Something below could not be removed.
    case tree
    /// In a sticky directory that everybody may write, a link of somebody else is not followed.
    case stickyLink
    /// What belongs to somebody else gets another name only when it is a file that may be read and written.
    case unsafeLink
    /// A directory has one name.
    case directoryLink
}

/// A right that is missing, and on what. Made for the first check that failed on the way from the root, so
/// the principal could look up the path that it names: it tells nothing that stat(2) would not.
package struct AccessDenial: Sendable, Hashable {
    /// The ancestor, or the target, that lacks the right.
    package let path: FilePath
    package let right: AccessRight
    /// Nil when the inode is one of many below `path`.
    package let inodeMode: FileMode?
    package let permissionClass: PermissionClass?
    package let rule: DenialRule

    package init(
        path: FilePath, right: AccessRight, inodeMode: FileMode?, permissionClass: PermissionClass?,
        rule: DenialRule
    ) {
        self.path = path
        self.right = right
        self.inodeMode = inodeMode
        self.permissionClass = permissionClass
        self.rule = rule
    }

    /// Something in the tree at `path` lacks what its removal needs.
    package static func tree(_ path: FilePath) -> AccessDenial {
        AccessDenial(path: path, right: .write, inodeMode: nil, permissionClass: nil, rule: .tree)
    }
}

extension AccessDenial: CustomStringConvertible {
    /// A sentence for the client.
    package var description: String {
        switch rule {
        case .bits:
            "You need \(right.rawValue) permission on '\(path)'" + bitsExplanation + "."
        case .sticky:
            "The directory '\(path)' has the sticky bit: only the owner of an entry or of the directory"
                + " removes or renames it."
        case .notOwner: "Only the owner of '\(path)' may do that."
        case .notMember: "The owner of '\(path)' may give it only to a group that they are in."
        case .notSuperuser: "Only the superuser changes the owner of '\(path)'."
        case .tree: "Something below '\(path)' is in a directory that you may not change."
        case .stickyLink:
            "The symbolic link '\(path)' is somebody else's, in a sticky directory that everybody may write."
        case .unsafeLink:
            "'\(path)' is not yours: only a file without special bits that you may read and write gets"
                + " another name."
        case .directoryLink: "'\(path)' is a directory, which has one name only."
        }
    }

    private var bitsExplanation: String {
        guard let inodeMode, let permissionClass else { return "" }
        return "; its mode is \(inodeMode.octal) and the bits for \(permissionClass.rawValue) count"
    }
}
