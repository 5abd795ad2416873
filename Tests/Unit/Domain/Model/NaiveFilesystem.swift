/// What a system call answers, as far as it shows here. EPERM is EACCES.
enum Errno: String {
    case ok, enoent, enotdir, eisdir, eacces, eexist, enotempty, ebusy, einval
}

/// Who makes a system call.
struct NaiveUser {
    let uid: Int
    let gid: Int
    let groups: Set<Int>
    let umask: Int

    func isIn(_ group: Int) -> Bool { uid == 0 || gid == group || groups.contains(group) }
}

/// A file or a directory with all that is below it.
struct NaiveNode: Equatable {
    let number: Int
    let isDirectory: Bool
    var mode: Int
    var uid: Int
    var gid: Int
    var size = 0
    var time: Int
    var children: [String: NaiveNode] = [:]

    func lets(_ user: NaiveUser, _ bit: Int) -> Bool {
        if user.uid == 0 { return isDirectory || bit != 1 || mode & 0o111 != 0 }
        let shift = user.uid == uid ? 6 : user.gid == gid || user.groups.contains(gid) ? 3 : 0
        return mode >> shift & bit == bit
    }

    /// May the user take this child out?
    func gives(_ child: NaiveNode, to user: NaiveUser) -> Bool {
        guard lets(user, 2), lets(user, 1) else { return false }
        return mode & 0o1000 == 0 || user.uid == 0 || user.uid == uid || user.uid == child.uid
    }

    /// Could `rm -r` remove all that is in here?
    func isRemovable(by user: NaiveUser) -> Bool {
        if children.isEmpty { return true }
        return lets(user, 4) && children.values.allSatisfy { gives($0, to: user) && $0.isRemovable(by: user) }
    }

    /// Set-user-ID and set-group-ID after a write or a change of owner.
    mutating func dropPrivileges(_ user: NaiveUser) {
        mode &= ~0o4000
        if mode & 0o010 != 0 || !user.isIn(gid) { mode &= ~0o2000 }
    }
}

/// A filesystem of nested values, written after the manual pages and the order of checks in Linux's
/// `fs/namei.c`, without a thought of how the real one works.
struct NaiveFilesystem: Equatable {
    var root: NaiveNode
    private var lastNumber = 1

    init(rootOwner: Int, group: Int, mode: Int, time: Int) {
        root = NaiveNode(
            number: 1, isDirectory: true, mode: mode, uid: rootOwner, gid: group, time: time)
    }

    enum Walk {
        case failed(Errno)
        case missing(last: Bool)
        case found(NaiveNode)
    }

    func walk(_ path: [String], _ user: NaiveUser) -> Walk {
        var node = root
        for (index, name) in path.enumerated() {
            guard node.isDirectory else { return .failed(.enotdir) }
            guard node.lets(user, 1) else { return .failed(.eacces) }
            guard let child = node.children[name] else { return .missing(last: index == path.count - 1) }
            node = child
        }
        return .found(node)
    }

    func node(_ path: some Sequence<String>) -> NaiveNode? {
        var node = root
        for name in path {
            guard let child = node.children[name] else { return nil }
            node = child
        }
        return node
    }

    mutating func update(_ path: some Collection<String>, _ body: (inout NaiveNode) -> Void) {
        Self.update(&root, path[...], body)
    }

    private static func update(
        _ node: inout NaiveNode, _ path: some Collection<String>, _ body: (inout NaiveNode) -> Void
    ) {
        guard let first = path.first else { return body(&node) }
        guard var child = node.children[first] else { preconditionFailure("a path that is not there") }
        update(&child, path.dropFirst(), body)
        node.children[first] = child
    }

    /// Adds a node at a path that is missing, with directories above it; the walk has been checked.
    mutating func add(
        _ path: [String], isDirectory: Bool, mode: Int, size: Int, at time: Int, parents: Bool,
        _ user: NaiveUser,
        mtime: Int? = nil
    ) -> Errno {
        var depth = 0
        while depth < path.count, node(path[..<depth])?.children[path[depth]] != nil { depth += 1 }
        if depth < path.count - 1, !parents { return .enoent }
        guard let deepest = node(path[..<depth]), deepest.lets(user, 2), deepest.lets(user, 1) else {
            return .eacces
        }
        for level in depth..<path.count {
            let isLast = level == path.count - 1
            guard let parent = node(path[..<level]) else { preconditionFailure("just made") }
            var bits = isLast ? mode & ~user.umask : 0o777 & ~user.umask | 0o300
            let inherits = parent.mode & 0o2000 != 0
            let makesDirectory = !isLast || isDirectory
            if makesDirectory { bits = bits & 0o1777 | (inherits ? 0o2000 : 0) }
            if !makesDirectory, inherits, bits & 0o2010 == 0o2010, !user.isIn(parent.gid) { bits &= ~0o2000 }
            lastNumber += 1
            let made = NaiveNode(
                number: lastNumber, isDirectory: makesDirectory, mode: bits, uid: user.uid,
                gid: inherits ? parent.gid : user.gid, size: isLast ? size : 0,
                time: isLast ? mtime ?? time : time)
            update(path[..<level]) { parent in
                parent.children[path[level]] = made
                parent.time = time
            }
        }
        return .ok
    }
}
