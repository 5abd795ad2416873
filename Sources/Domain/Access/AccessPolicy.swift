/// Who may do what, as Linux decides it: path_resolution(7), inode(7), chmod(2), chown(2), unlink(2),
/// rename(2). The superuser has the capabilities CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN and CAP_FSETID of
/// capabilities(7).
package enum AccessPolicy {
    /// Decides by exactly one class of bits: the owner's for the owner, even where those of others grant
    /// more. The superuser may read and write anything and search any directory, but executes a file only if
    /// somebody may.
    package static func decide(
        _ right: AccessRight, on inode: Inode, by principal: Principal
    ) -> AccessDecision {
        let permissionClass = permissionClass(of: principal, on: inode)
        let byBits = inode.mode.permissions(of: permissionClass).contains(right.permission)
        let passes =
            principal.isSuperuser
            && (right != .search || inode.kind == .directory || inode.mode.rawValue & 0o111 != 0)
        return AccessDecision(
            right: right, isGranted: byBits || passes, permissionClass: permissionClass, mode: inode.mode,
            isBySuperuser: passes && !byBits)
    }

    package static func permissionClass(of principal: Principal, on inode: Inode) -> PermissionClass {
        if principal.user == inode.owner { return .owner }
        return principal.isMember(of: inode.group) ? .group : .other
    }

    /// Refuses when the right is not granted on the inode at `path`.
    package static func require(
        _ right: AccessRight, on inode: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        let decision = decide(right, on: inode, by: principal)
        guard !decision.isGranted, let denial = decision.denial(at: path()) else { return }
        throw .permissionDenied(denial)
    }

    /// Walks as the kernel does: every inode on the way to the last name must be a directory that may be
    /// searched, and the first that is not, counted from the root, is the answer. What is missing is no
    /// matter here, except behind a link that leads nowhere.
    ///
    /// Where links were followed, everything that they led through is judged first, in the order of the walk;
    /// then what was reached; then whether the walk could go on.
    package static func requireSearch(on resolution: Resolution, by principal: Principal) throws(Refusal) {
        if !resolution.detours.isEmpty { try requirePassage(of: resolution, by: principal) }
        try check(resolution.root, index: 0, of: resolution, by: principal)
        for (index, step) in resolution.steps.enumerated() {
            try check(step.inode, index: index + 1, of: resolution, by: principal)
        }
        switch resolution.obstacle {
        case nil: return
        case .notADirectory: throw .notADirectory(resolution.path)
        case .isADirectory: throw .isADirectory(resolution.path)
        case .nameTooLong: throw .nameTooLong(resolution.path)
        case .missing: throw .notFound(resolution.path)
        case .linkLoop: throw .linkLoop(resolution.path)
        }
    }

    /// The right to look into each directory that links led through, and to follow each link.
    private static func requirePassage(
        of resolution: Resolution, by principal: Principal
    ) throws(Refusal) {
        try require(.search, on: resolution.root, at: .root, by: principal)
        for detour in resolution.detours {
            let inode = detour.step.inode
            if inode.kind == .directory {
                try require(.search, on: inode, at: resolution.path(of: detour), by: principal)
            } else if detour.isLastLink, !mayFollow(inode, in: resolution.parent(of: detour), principal) {
                throw .permissionDenied(
                    denial(inode, resolution.path(of: detour), principal, .stickyLink, right: .search))
            }
        }
    }

    /// Whether a link at the end of a path may be followed: in a sticky directory that everybody may write,
    /// such as /tmp, only one that is the principal's own or belongs to the directory's owner, as Linux has
    /// it with fs.protected_symlinks set (proc_sys_fs(5)). The superuser is no exception: it is who would be
    /// led astray.
    private static func mayFollow(_ link: Inode, in directory: Inode, _ principal: Principal) -> Bool {
        let isShared = directory.mode.contains(.sticky) && directory.mode.rawValue & 0o002 != 0
        return !isShared || link.owner == principal.user || link.owner == directory.owner
    }

    private static func check(
        _ inode: Inode, index: Int, of resolution: Resolution, by principal: Principal
    ) throws(Refusal) {
        guard index < resolution.path.names.count else { return }
        guard inode.kind == .directory else { throw .notADirectory(resolution.path(ofChainIndex: index)) }
        try require(.search, on: inode, at: resolution.path(ofChainIndex: index), by: principal)
    }

    // MARK: Entries

    /// Adding an entry takes write and search on the directory.
    package static func requireAddition(
        to directory: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        try require(.write, on: directory, at: path(), by: principal)
        try require(.search, on: directory, at: path(), by: principal)
    }

    /// Taking `victim` out of a directory takes write and search on the directory, and the sticky bit's rule;
    /// nothing of the victim itself.
    package static func requireRemoval(
        of victim: Inode, from directory: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        try requireAddition(to: directory, at: path(), by: principal)
        guard !isKeptBySticky(victim, in: directory, from: principal) else {
            throw .permissionDenied(
                AccessDenial(
                    path: path(), right: .write, inodeMode: directory.mode,
                    permissionClass: permissionClass(of: principal, on: directory), rule: .sticky))
        }
    }

    /// True when the sticky bit keeps the principal from removing or renaming the entry of `victim`.
    package static func isKeptBySticky(
        _ victim: Inode, in directory: Inode, from principal: Principal
    ) -> Bool {
        directory.mode.contains(.sticky) && victim.owner != principal.user
            && directory.owner != principal.user
            && !principal.isSuperuser
    }

    /// True when the principal could, as `rm -r` does, list a directory and remove entries of it. The sticky
    /// bit's rule comes on top, for each entry.
    package static func mayEmpty(_ directory: Inode, by principal: Principal) -> Bool {
        decide(.read, on: directory, by: principal).isGranted
            && decide(.write, on: directory, by: principal).isGranted
            && decide(.search, on: directory, by: principal).isGranted
    }

    /// Giving an inode another name takes, of whoever does not own it, a file that is safe to hold on to: one
    /// that they may read and write, and that lends nobody's power, as Linux has it with
    /// fs.protected_hardlinks set (proc_sys_fs(5)).
    package static func requireLinking(
        of inode: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        let lendsGroup = inode.mode.contains(.setGroupID) && inode.mode.rawValue & 0o010 != 0
        let isSafe =
            inode.kind == .file && !inode.mode.contains(.setUserID) && !lendsGroup
            && decide(.read, on: inode, by: principal).isGranted
            && decide(.write, on: inode, by: principal).isGranted
        guard isSafe || owns(inode, principal) else {
            throw .permissionDenied(denial(inode, path(), principal, .unsafeLink))
        }
    }

    /// The group of a new entry, which a set-group-ID directory passes on (inode(7)).
    package static func group(
        ofNewEntryIn directory: Inode, by principal: Principal
    ) -> GroupID {
        directory.mode.contains(.setGroupID) ? directory.group : principal.group
    }

    /// The mode of a new file, as open(2) with O_CREAT makes it. A set-group-ID directory does not lend its
    /// group's power: an executable file keeps the bit only from a member of that group.
    package static func mode(
        ofNewFile requested: FileMode?, in directory: Inode, by principal: Principal
    ) -> FileMode {
        let mode = (requested ?? .defaultFile).masked(by: principal.umask)
        let isGroupExecutable = mode.contains(.setGroupID) && mode.rawValue & 0o010 != 0
        guard isGroupExecutable, directory.mode.contains(.setGroupID),
            !keepsSetGroupID(of: directory.group, principal)
        else { return mode }
        return mode.subtracting(.setGroupID)
    }

    /// The mode of a new directory, as mkdir(2) makes it: set-user-ID and set-group-ID cannot be asked for,
    /// and the latter is inherited.
    package static func mode(
        ofNewDirectory requested: FileMode?, in directory: Inode, by principal: Principal
    ) -> FileMode {
        let mode = (requested ?? .defaultDirectory).masked(by: principal.umask)
            .subtracting([.setUserID, .setGroupID])
        return directory.mode.contains(.setGroupID) ? mode.union(.setGroupID) : mode
    }

    /// The mode of a directory that is made on the way to another: its owner may always write and search it,
    /// else the way would end there (mkdir(1p), option -p).
    package static func mode(ofNewParentIn directory: Inode, by principal: Principal) -> FileMode {
        mode(ofNewDirectory: nil, in: directory, by: principal).union(FileMode(rawValue: 0o300))
    }

    // MARK: Attributes

    package static func owns(_ inode: Inode, _ principal: Principal) -> Bool {
        principal.user == inode.owner || principal.isSuperuser
    }

    /// Only the owner changes a mode or sets a time (chmod(2), utimensat(2)).
    package static func requireOwnership(
        of inode: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        guard !owns(inode, principal) else { return }
        throw .permissionDenied(denial(inode, path(), principal, .notOwner))
    }

    /// chown(2): only the superuser changes the owner; the owner gives the file to a group of theirs, or to
    /// the one it has. Asking for the owner that the file has already is the owner's right.
    package static func requireOwnerChange(
        of inode: Inode, owner: UserID?, group: GroupID?, at path: @autoclosure () -> FilePath,
        by principal: Principal
    ) throws(Refusal) {
        guard !principal.isSuperuser else { return }
        let isOwner = principal.user == inode.owner
        if let owner, !isOwner || owner != inode.owner {
            throw .permissionDenied(denial(inode, path(), principal, .notSuperuser))
        }
        if let group {
            guard isOwner else { throw .permissionDenied(denial(inode, path(), principal, .notOwner)) }
            guard group == inode.group || principal.isMember(of: group) else {
                throw .permissionDenied(denial(inode, path(), principal, .notMember))
            }
        }
    }

    /// xattr(7), "Extended user attributes": the right to write, and in a directory with the sticky bit,
    /// which many may write, ownership of it. A symbolic link has none.
    package static func requireMetadataChange(
        of inode: Inode, at path: @autoclosure () -> FilePath, by principal: Principal
    ) throws(Refusal) {
        guard inode.kind != .symlink else { throw .invalid("A symbolic link has no metadata.") }
        if inode.kind == .directory, inode.mode.contains(.sticky) {
            try requireOwnership(of: inode, at: path(), by: principal)
        }
        try require(.write, on: inode, at: path(), by: principal)
    }

    /// What chmod(2) makes of a requested mode: set-group-ID goes when the caller is not in the group of the
    /// inode.
    package static func mode(
        changedTo requested: FileMode, of inode: Inode, by principal: Principal
    ) -> FileMode {
        keepsSetGroupID(of: inode.group, principal) ? requested : requested.subtracting(.setGroupID)
    }

    /// What chown(2) leaves of a mode: on what is not a directory set-user-ID goes, whoever asks, and
    /// set-group-ID where it means execution or the caller is not in the group.
    package static func modeAfterOwnerChange(of inode: Inode, by principal: Principal) -> FileMode {
        inode.kind == .directory ? inode.mode : withoutPrivileges(inode, principal)
    }

    /// What a write leaves of a mode (inode(7)): the same, except that the superuser's write leaves all.
    package static func modeAfterWrite(to inode: Inode, by principal: Principal) -> FileMode {
        principal.isSuperuser ? inode.mode : withoutPrivileges(inode, principal)
    }

    private static func withoutPrivileges(_ inode: Inode, _ principal: Principal) -> FileMode {
        let dropsGroup = inode.mode.rawValue & 0o010 != 0 || !keepsSetGroupID(of: inode.group, principal)
        return inode.mode.subtracting(dropsGroup ? [.setUserID, .setGroupID] : .setUserID)
    }

    private static func keepsSetGroupID(of group: GroupID, _ principal: Principal) -> Bool {
        principal.isSuperuser || principal.isMember(of: group)
    }

    private static func denial(
        _ inode: Inode, _ path: FilePath, _ principal: Principal, _ rule: DenialRule,
        right: AccessRight = .write
    ) -> AccessDenial {
        AccessDenial(
            path: path, right: right, inodeMode: inode.mode,
            permissionClass: permissionClass(of: principal, on: inode), rule: rule)
    }
}
