import CKernel
import Glibc

/// The system calls that say what a request to CallFS says, made as one caller by the thread that this runs
/// on.
struct KernelCalls {
    let caller: Caller

    func outcome(of call: Call) throws(KernelUnusable) -> Outcome {
        switch call {
        case .makeDirectory(let path, let mode, let tolerates):
            return try makeDirectory(path, mode ?? 0o777, tolerates)
        case .create(let path, let mode, let bytes):
            return try write(path, mode ?? 0o666, bytes, flags: O_CREAT | O_EXCL, isNew: true)
        case .write(let path, let mode, let bytes):
            // As the superuser: who asks for nothing learns nothing.
            let isNew = stat(of: path, following: true) == nil
            return try write(path, mode ?? 0o666, bytes, flags: O_CREAT | O_TRUNC, isNew: isNew)
        case .makeSymlink(let path, let target):
            let error = try creating(path) { status(symlink(target, path)) }
            return entry(path, unless: error, isNew: true)
        case .makeLink(let path, let target):
            let error = try creating(path, from: target) { status(link(target, path)) }
            return entry(path, unless: error, isNew: true)
        case .read(let path): return try acting { read(path) }
        case .inspect(let path, let following): return try inspect(path, following)
        case .rename(let from, let to, let overwrite, let makesParents):
            // Held by itself: a link that moves to where it leads is no longer on the way to its new place.
            let moved = open(from, Int32(ckernel_path_only) | O_NOFOLLOW | O_CLOEXEC)
            defer { close(moved) }
            let error = try creating(to, from: from, makesParents: makesParents) {
                -ckernel_rename(from, to, overwrite ? 1 : 0)
            }
            guard error == 0 else { return .refused(RefusalKind(errno: error)) }
            var found = Glibc.stat()
            guard fstat(moved, &found) == 0 else { return .refused(.unexpected) }
            return .entry(Shown(found), isNew: nil)
        case .change(let path, let attributes): return try change(path, attributes)
        case .remove(let path):
            let isDirectory = stat(of: path, following: false).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
            let asksForDirectory = isDirectory || path.hasSuffix("/")
            let error = try acting { status(asksForDirectory ? rmdir(path) : unlink(path)) }
            return error == 0 ? .removed : .refused(RefusalKind(errno: error))
        case .compareTrees: return .tree(KernelTree.lines())
        }
    }

    // MARK: Credentials

    /// Runs `body` as the caller.
    private func acting<Result>(_ body: () -> Result) throws(KernelUnusable) -> Result {
        var error = caller.groups.withUnsafeBufferPointer {
            ckernel_become(caller.user, caller.group, $0.baseAddress, Int32($0.count))
        }
        guard error == 0 else { throw KernelUnusable(call: "setresuid", error: -error) }
        let result = body()
        error = ckernel_return()
        guard error == 0 else { throw KernelUnusable(call: "setresuid", error: -error) }
        return result
    }

    /// Makes an entry as the caller, and before it the directories above that are missing, as mkdir(1p) does
    /// with -p; when it fails, they are gone again. What is to get the new name must be there before
    /// directories are made for it. Returns the error, or 0.
    private func creating(
        _ path: String, from source: String? = nil, makesParents: Bool = true, _ body: () -> Int32
    ) throws(KernelUnusable) -> Int32 {
        var made: [String] = []
        let error = try acting { () -> Int32 in
            let error = body()
            guard error == ENOENT, makesParents else { return error }
            if let source, stat(of: source, following: false) == nil { return errno }
            for ancestor in ancestors(of: path) {
                if mkdir(ancestor, 0o777) == 0 {
                    made.append(ancestor)
                } else if errno != EEXIST {
                    return errno
                }
            }
            return body()
        }
        if error != 0 { for ancestor in made.reversed() { rmdir(ancestor) } }
        return error
    }

    private func ancestors(of path: String) -> [String] {
        let names = path.split(separator: "/")
        return (1..<max(1, names.count)).map { "/" + names.prefix($0).joined(separator: "/") }
    }

    // MARK: Calls

    private func makeDirectory(
        _ path: String, _ mode: UInt16, _ tolerates: Bool
    ) throws(KernelUnusable) -> Outcome {
        let error = try creating(path) { status(mkdir(path, mode_t(mode))) }
        if error == EEXIST, tolerates {
            let found = try acting { stat(of: path, following: true) }
            if let found, found.st_mode & S_IFMT == S_IFDIR { return .entry(Shown(found), isNew: false) }
        }
        return entry(path, unless: error, isNew: true)
    }

    /// A new file is born with its content: the bytes are written by the superuser, whose writes leave the
    /// mode alone. A replaced one loses what inode(7) says, by the caller's truncation and write.
    private func write(
        _ path: String, _ mode: UInt16, _ bytes: Call.Bytes, flags: Int32, isNew: Bool
    ) throws(KernelUnusable) -> Outcome {
        var file: Int32 = -1
        var error = try creating(path) {
            file = open(path, O_WRONLY | flags, mode_t(mode))
            if file < 0, errno == EACCES, flags & O_EXCL == 0 {
                // It may be fs.protected_regular of this machine, which is for openings with O_CREAT alone.
                file = open(path, O_WRONLY | flags & ~O_CREAT)
                if file < 0 { errno = EACCES }
            }
            return status(file < 0 ? -1 : 0)
        }
        guard error == 0 else { return .refused(RefusalKind(errno: error)) }
        defer { close(file) }
        error = isNew ? fill(file, bytes) : try acting { fill(file, bytes) }
        return entry(path, unless: error, isNew: isNew, following: true)
    }

    private func fill(_ file: Int32, _ bytes: Call.Bytes) -> Int32 {
        guard bytes.count > 0 else { return 0 }
        let all = bytes.all
        let written = all.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        return written == all.count ? 0 : EIO
    }

    private func read(_ path: String) -> Outcome {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return .refused(RefusalKind(errno: errno)) }
        var found = Glibc.stat()
        guard fstat(file, &found) == 0 else { return .refused(.unexpected) }
        if found.st_mode & S_IFMT == S_IFDIR { return list(file) }
        defer { close(file) }
        return .bytes(KernelTree.content(of: file, size: Int(found.st_size)))
    }

    /// As `ls -la` lists: the names, and of each what it is like, the directory itself included.
    private func list(_ file: Int32) -> Outcome {
        guard let stream = fdopendir(file) else { return .refused(RefusalKind(errno: errno)) }
        defer { closedir(stream) }
        var found = Glibc.stat()
        guard fstatat(file, ".", &found, 0) == 0 else { return .refused(RefusalKind(errno: errno)) }
        var lines: [String] = []
        for name in KernelTree.names(in: stream) {
            guard fstatat(file, name, &found, AT_SYMLINK_NOFOLLOW) == 0 else {
                return .refused(RefusalKind(errno: errno))
            }
            lines.append(name + " " + Shown(found).line)
        }
        return .names(lines.sorted())
    }

    private func inspect(_ path: String, _ following: Bool) throws(KernelUnusable) -> Outcome {
        var found = Glibc.stat()
        let flags = following ? 0 : AT_SYMLINK_NOFOLLOW
        let error = try acting { status(fstatat(AT_FDCWD, path, &found, flags)) }
        return error == 0
            ? .entry(Shown(found), isNew: nil) : .refusedWithStatus(RefusalKind(errno: error).status)
    }

    /// All of the changes, or none of them.
    private func change(_ path: String, _ attributes: Call.Attributes) throws(KernelUnusable) -> Outcome {
        let before = stat(of: path, following: true)
        let error = try acting { () -> Int32 in
            // Nothing to set is nothing to refuse, but the path is walked.
            var found = Glibc.stat()
            let error = status(fstatat(AT_FDCWD, path, &found, 0))
            if error != 0 { return error }
            if attributes.user != nil || attributes.group != nil {
                let error = status(chown(path, attributes.user ?? .max, attributes.group ?? .max))
                if error != 0 { return error }
            }
            if let seconds = attributes.modifiedAt {
                let times = [
                    timespec(tv_sec: 0, tv_nsec: Int(ckernel_utime_omit)),
                    timespec(tv_sec: seconds, tv_nsec: 0),
                ]
                let error = status(utimensat(AT_FDCWD, path, times, 0))
                if error != 0 { return error }
            }
            // Last: a link may lead to a directory that it is in, which the new mode may close.
            return attributes.mode.map { status(chmod(path, mode_t($0))) } ?? 0
        }
        if error != 0, let before {
            chown(path, before.st_uid, before.st_gid)
            chmod(path, before.st_mode & 0o7777)
        }
        return entry(
            path, unless: error, following: true, showsTime: attributes.modifiedAt != nil)
    }

    // MARK: Answers

    /// What is at the path now, as the superuser sees it.
    private func entry(
        _ path: String, unless error: Int32, isNew: Bool? = nil, following: Bool = false,
        showsTime: Bool = false
    ) -> Outcome {
        guard error == 0 else { return .refused(RefusalKind(errno: error)) }
        guard let found = stat(of: path, following: following) else { return .refused(.unexpected) }
        var shown = Shown(found)
        if showsTime { shown.modifiedAt = found.st_mtim.tv_sec }
        return .entry(shown, isNew: isNew)
    }

    private func stat(of path: String, following: Bool) -> stat? {
        var found = Glibc.stat()
        return fstatat(AT_FDCWD, path, &found, following ? 0 : AT_SYMLINK_NOFOLLOW) == 0 ? found : nil
    }

    private func status(_ result: Int32) -> Int32 { result == 0 ? 0 : errno }
}

extension Shown {
    init(_ found: stat) {
        let kind: Kind
        switch found.st_mode & S_IFMT {
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        default: kind = .file
        }
        self.init(
            kind: kind, mode: UInt16(found.st_mode & 0o7777), user: found.st_uid, group: found.st_gid,
            size: kind == .directory ? 0 : Int(found.st_size),
            links: kind == .directory ? 0 : Int(found.st_nlink))
    }
}

extension RefusalKind {
    init(errno error: Int32) {
        switch error {
        case ENOENT: self = .missing
        case EACCES, EPERM: self = .denied
        case EEXIST: self = .exists
        case ENOTDIR: self = .notDirectory
        case EISDIR: self = .isDirectory
        case ENOTEMPTY: self = .notEmpty
        case ENAMETOOLONG, ELOOP: self = .badPath
        case EINVAL, EBUSY: self = .invalid
        default: self = .unexpected
        }
    }
}
