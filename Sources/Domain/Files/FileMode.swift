/// The twelve mode bits of chmod(2): set-user-ID, set-group-ID, sticky, and read, write, execute for owner,
/// group, other.
package struct FileMode: Hashable, Sendable, OptionSet {
    package let rawValue: UInt16

    /// Bits beyond 07777 are dropped.
    package init(rawValue: UInt16) { self.rawValue = rawValue & 0o7777 }

    package static let setUserID = FileMode(rawValue: 0o4000)
    package static let setGroupID = FileMode(rawValue: 0o2000)
    package static let sticky = FileMode(rawValue: 0o1000)

    package static let defaultFile = FileMode(rawValue: 0o666)
    package static let defaultDirectory = FileMode(rawValue: 0o777)

    /// Reads one to five octal digits up to 7777, with or without leading zeros.
    package init?(octal text: some StringProtocol) {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x37).contains($0) }),
            let value = UInt16(text, radix: 8), value <= 0o7777
        else { return nil }
        self.init(rawValue: value)
    }

    /// Four octal digits, such as `0644`.
    package var octal: String {
        let digits = String(rawValue, radix: 8)
        return String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }

    /// The three bits of one class of users.
    package func permissions(of permissionClass: PermissionClass) -> Permissions {
        switch permissionClass {
        case .owner: Permissions(rawValue: UInt8(rawValue >> 6 & 7))
        case .group: Permissions(rawValue: UInt8(rawValue >> 3 & 7))
        case .other: Permissions(rawValue: UInt8(rawValue & 7))
        }
    }

    /// What remains of a requested mode under a umask (umask(2)): special bits stay.
    package func masked(by umask: Umask) -> FileMode { FileMode(rawValue: rawValue & ~umask.bits) }
}

/// Read, write and execute (search, for a directory).
package struct Permissions: Hashable, Sendable, OptionSet {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue & 7 }

    package static let read = Permissions(rawValue: 4)
    package static let write = Permissions(rawValue: 2)
    package static let execute = Permissions(rawValue: 1)
}

/// Which three bits count for somebody: exactly one class, the first that fits.
package enum PermissionClass: String, Sendable, CaseIterable {
    case owner, group, other
}

/// The bits that are withheld from new files and directories.
package struct Umask: Hashable, Sendable {
    package let bits: UInt16
    package init(_ bits: UInt16) { self.bits = bits & 0o777 }

    package static let standard = Umask(0o022)
}
