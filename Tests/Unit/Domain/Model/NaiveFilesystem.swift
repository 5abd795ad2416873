/// What a system call answers, as far as it shows here. EPERM is EACCES.
enum Errno: String {
    case ok, enoent, enotdir, eisdir, eacces, eexist, enotempty, ebusy, einval, eloop, enametoolong
}

/// What a node is; of a symbolic link also where it leads.
enum NaiveKind: Equatable {
    case file, directory
    case link(String)
}

/// Who makes a system call.
struct NaiveUser {
    let uid: Int
    let gid: Int
    let groups: Set<Int>
    let umask: Int

    func isIn(_ group: Int) -> Bool { uid == 0 || gid == group || groups.contains(group) }
}

/// A file, a symbolic link, or a directory with all that is below it. Nodes of one number are one inode under
/// several names, and alike.
struct NaiveNode: Equatable {
    var number: Int
    let kind: NaiveKind
    var mode: Int
    var uid: Int
    var gid: Int
    var size = 0
    var time: Int
    var children: [String: NaiveNode] = [:]

    var isDirectory: Bool { kind == .directory }

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

    /// All nodes of that number become this one.
    mutating func replaceTwins(by node: NaiveNode) {
        for (name, child) in children {
            if child.number == node.number { children[name] = node }
            if child.isDirectory { children[name]?.replaceTwins(by: node) }
        }
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
            number: 1, kind: .directory, mode: mode, uid: rootOwner, gid: group, time: time)
    }

    enum Walk {
        case failed(Errno)
        /// The path free of links; whether the last name alone is missing.
        case missing(last: Bool, at: [String])
        case found(NaiveNode, at: [String])
    }

    /// Walks a path; `follow`, through a link at its end as well; `creating`, to write there.
    func walk(_ path: [String], follow: Bool = false, creating: Bool = false, _ user: NaiveUser) -> Walk {
        var (rest, place, links, ofLink) = (path, [String](), 0, 0)
        var endsInSlash = false
        while !rest.isEmpty {
            guard let directory = node(place), directory.isDirectory else { return .failed(.enotdir) }
            guard directory.lets(user, 1) else { return .failed(.eacces) }
            if creating, endsInSlash, rest.count == 1 { return .failed(.eisdir) }
            let name = rest.removeFirst()
            let isOfLink = ofLink > 0
            ofLink = max(0, ofLink - 1)
            if name == "." { continue }
            if name == ".." {
                place = Array(place.dropLast())
                continue
            }
            guard name.utf8.count <= 255 else { return .failed(.enametoolong) }
            guard let child = directory.children[name] else {
                if isOfLink, !rest.isEmpty { return .failed(.enoent) }
                return .missing(last: rest.isEmpty, at: place + [name] + rest)
            }
            guard case .link(let target) = child.kind, follow || !rest.isEmpty else {
                place.append(name)
                continue
            }
            links += 1
            if links > 40 { return .failed(.eloop) }
            if rest.isEmpty {
                let isTemporary = directory.mode & 0o1002 == 0o1002
                if isTemporary, user.uid != child.uid, directory.uid != child.uid { return .failed(.eacces) }
                if target.hasSuffix("/") { endsInSlash = true }
            }
            if target.hasPrefix("/") { place = [] }
            let parts = target.split(separator: "/").map(String.init)
            rest = parts + rest
            ofLink += parts.count
        }
        guard let found = node(place) else { preconditionFailure("walked there") }
        if endsInSlash, !found.isDirectory { return .failed(.enotdir) }
        return .found(found, at: place)
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
        if let changed = node(path), !changed.isDirectory { root.replaceTwins(by: changed) }
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
        _ path: [String], kind: NaiveKind, mode: Int, size: Int, at time: Int, parents: Bool,
        _ user: NaiveUser, mtime: Int? = nil
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
            let kind = isLast ? kind : .directory
            if kind == .directory { bits = bits & 0o1777 | (inherits ? 0o2000 : 0) }
            if case .link = kind { bits = 0o777 }
            if kind == .file, inherits, bits & 0o2010 == 0o2010, !user.isIn(parent.gid) { bits &= ~0o2000 }
            lastNumber += 1
            let made = NaiveNode(
                number: lastNumber, kind: kind, mode: bits, uid: user.uid,
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
