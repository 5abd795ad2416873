import Domain

/// Who acts, in the model's terms.
struct ModelUser: Hashable {
    let uid: UInt32
    let gid: UInt32
    let groups: [UInt32]
    let umask: UInt16

    init(_ principal: Principal) {
        uid = principal.user.value
        gid = principal.group.value
        groups = principal.supplementaryGroups.map(\.value)
        umask = principal.umask.bits
    }

    var isRoot: Bool { uid == 0 }

    /// A member, or somebody whom membership does not matter to.
    func isIn(_ group: UInt32) -> Bool { isRoot || gid == group || groups.contains(group) }
}

/// A name and a value of metadata, as numbers of the vocabulary; without a value, one that is taken away.
struct ModelLabel: Hashable {
    let name: Int32
    var value: Int32
}

/// A file, directory or symbolic link of the model.
struct ModelNode {
    struct Entry {
        let name: Name
        let node: Int
    }

    struct Place: Equatable {
        let parent: Int
        let name: Name
    }

    let kind: FileKind
    var mode: UInt16
    var owner: UInt32
    var group: UInt32
    var body = BodyValue.empty
    var mediaType: Int32 = 0
    /// The number of a link's target in the vocabulary.
    var target: Int32 = -1
    /// Where somebody has set it and nothing has changed it since; else nil, and then not compared.
    var modifiedAt: Int64?
    /// Metadata of the user's own, by name.
    var labels: [ModelLabel] = []
    /// By name.
    var entries: [Entry] = []
    /// The names that lead here: one of a directory, none of the root.
    var places: [Place] = []
    /// Tells inodes apart that have several names, or a link of their own.
    let stamp: UInt64
    /// Whether a download link was made for it: another in its place is not the same.
    var isLinked = false
    /// The sum over the entries.
    var sum = Fingerprint.zero

    var isDirectory: Bool { kind == .directory }

    func lets(_ user: ModelUser, _ bit: UInt16) -> Bool {
        if user.isRoot { return isDirectory || bit != 1 || mode & 0o111 != 0 }
        let isMember = user.gid == group || user.groups.contains(group)
        let shift: UInt16 = user.uid == owner ? 6 : isMember ? 3 : 0
        return mode >> shift & bit == bit
    }

    /// Where `name` is among the entries, or would be.
    func index(of name: Name) -> (index: Int, isThere: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].name < name { low = middle + 1 } else { high = middle }
        }
        return (low, low < entries.count && entries[low].name == name)
    }

    func child(_ name: Name) -> Int? {
        let (index, isThere) = index(of: name)
        return isThere ? entries[index].node : nil
    }

    /// Set-user-ID and set-group-ID after a write or a change of owner (inode(7)).
    mutating func dropPrivileges(_ user: ModelUser) {
        mode &= ~0o4000
        if mode & 0o010 != 0 || !user.isIn(group) { mode &= ~0o2000 }
    }

    /// Two nodes that nobody can tell apart have one fingerprint, whoever made them: only which names are
    /// of one inode, and which file a download link gives, shows the inode itself.
    var fingerprint: Fingerprint {
        var print = Fingerprint(UInt64(kindNumber) << 16 | UInt64(mode))
        print.absorb(UInt64(owner) << 32 | UInt64(group))
        print.absorb(modifiedAt.map { UInt64(bitPattern: $0) | 1 } ?? 0)
        switch kind {
        case .directory:
            print.absorb(sum)
            for label in labels { print.absorb(UInt64(label.name) << 32 | UInt64(label.value)) }
        case .file:
            print.absorb(UInt64(body.number) << 32 | UInt64(mediaType))
            for label in labels { print.absorb(UInt64(label.name) << 32 | UInt64(label.value)) }
            if places.count > 1 || isLinked { print.absorb(stamp) }
        case .symlink:
            print.absorb(UInt64(target))
            if places.count > 1 { print.absorb(stamp) }
        }
        return print
    }

    private var kindNumber: Int {
        switch kind {
        case .directory: 1
        case .file: 2
        case .symlink: 3
        }
    }

    /// What an entry adds to the sum of its directory.
    static func term(_ name: Name, _ child: Fingerprint) -> Fingerprint {
        var print = Fingerprint(UInt64(UInt32(bitPattern: name)))
        print.absorb(child)
        return print
    }
}
