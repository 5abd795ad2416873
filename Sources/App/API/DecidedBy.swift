import Domain

/// What decided about access, as answers show it: in an explanation, and in a refusal.
struct DecidedBy {
    private let path: FilePath
    /// Nil where it is not about one: whose a file is cannot be granted by bits.
    private let right: AccessRight?
    private let permissionClass: PermissionClass?
    private let mode: FileMode?
    private let rule: String

    init(_ denial: AccessDenial) {
        path = denial.path
        right =
            switch denial.rule {
            case .bits, .sticky, .tree: denial.right
            case .notOwner, .notMember, .notSuperuser, .stickyLink, .unsafeLink, .directoryLink: nil
            }
        permissionClass = denial.permissionClass
        mode = denial.inodeMode
        rule = Self.name(of: denial.rule)
    }

    init(_ explanation: AccessExplanation) {
        path = explanation.path
        right = explanation.right
        permissionClass = explanation.permissionClass
        mode = explanation.mode
        rule =
            switch explanation.rule {
            case .bits: "bits"
            case .superuser: "superuser"
            case .denied(let rule): Self.name(of: rule)
            case .missing: "missing"
            case .notADirectory: "not_a_directory"
            case .root: "root"
            case .linkLoop: "link_loop"
            }
    }

    /// The member `decided_by`; what does not apply is left out.
    func write(to json: inout JSONWriter) {
        json.key("decided_by")
        json.beginObject()
        json.member("path", path.description)
        if let right { json.member("right", right.rawValue) }
        if let permissionClass { json.member("class", permissionClass.rawValue) }
        if let mode { json.member("mode", mode.octal) }
        json.member("rule", rule)
        json.endObject()
    }

    private static func name(of rule: DenialRule) -> String {
        switch rule {
        case .bits: "bits"
        case .sticky: "sticky"
        case .notOwner: "not_owner"
        case .notMember: "not_member"
        case .notSuperuser: "not_superuser"
        case .tree: "tree"
        case .stickyLink: "sticky_link"
        case .unsafeLink: "unsafe_link"
        case .directoryLink: "directory_link"
        }
    }
}
