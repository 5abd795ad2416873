/// A user's number (uid).
package struct UserID: Hashable, Sendable {
    package let value: UInt32
    package init(_ value: UInt32) { self.value = value }

    /// Passes every permission check (capabilities(7), CAP_DAC_OVERRIDE and its kin).
    package static let superuser = UserID(0)
}

/// A group's number (gid).
package struct GroupID: Hashable, Sendable {
    package let value: UInt32
    package init(_ value: UInt32) { self.value = value }
}

/// Who asks, after authentication.
package struct Principal: Hashable, Sendable {
    package let name: String
    package let user: UserID
    /// The group that new files get.
    package let group: GroupID
    /// Further groups.
    package let supplementaryGroups: [GroupID]
    package let umask: Umask

    package init(
        name: String, user: UserID, group: GroupID, supplementaryGroups: [GroupID] = [],
        umask: Umask = .standard
    ) {
        self.name = name
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
        self.umask = umask
    }

    package var isSuperuser: Bool { user == .superuser }

    package func isMember(of group: GroupID) -> Bool {
        group == self.group || supplementaryGroups.contains(group)
    }
}
