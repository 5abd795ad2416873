private import CLinux
package import EventLoop
private import Glibc
package import Ports
private import Synchronization

/// A directory of the machine as a `Disk`.
///
/// Every path is resolved below the root by openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
/// RESOLVE_NO_MAGICLINKS, or by an *at call on one plain name in a directory that was opened so.
///
/// What may wait for the disk runs on the pool. A loop itself only opens what the kernel has in its cache
/// (RESOLVE_CACHED) and reads what is in memory (RWF_NOWAIT); both say EAGAIN instead of waiting, and then
/// the pool does it. Opening so takes 2.5 microseconds and reading 20 KiB 1, the way to a thread and back 8
/// to 65 (measured). Writes always go to the pool, because the kernel stops a writer when too much is
/// unwritten.
package final class PosixDisk: Disk {
    package enum Limits {
        /// Open directories: the 256 shards of a store and what is around them.
        package static let directoriesMax = 512
        /// After so much was written to a file, the disk is told to begin: the sync at the end then has less
        /// left.
        package static let writebackBytes: UInt64 = 8 << 20
    }

    private let root: DescriptorOwner
    private let pool: BlockingPool
    private let directories = Mutex<[String: DescriptorOwner]>([:])
    private let locks = Mutex<[String: DescriptorOwner]>([:])

    /// Opens the directory `root`, which may be any path and lead over symbolic links. `.refused` when it is
    /// something else. Blocks: for start-up only.
    package init(root: String, pool: BlockingPool) throws(DiskError) {
        let descriptor = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskError(errno: errno) }
        self.root = DescriptorOwner(descriptor)
        self.pool = pool
    }

    // MARK: Files

    package func open(_ path: String) async throws(DiskError) -> any DiskFile {
        try checkCancellation()
        let (directory, name) = try await parent(of: path)
        // O_NONBLOCK: a FIFO that somebody left there must not hold the caller up.
        let flags = O_RDONLY | O_NONBLOCK
        var outcome = directory.use { callfs_open_beneath_cached($0, name, flags) }
        if outcome == -EAGAIN {
            outcome = try await onPool { directory.use { callfs_open_beneath($0, name, flags, 0) } }
        }
        let file = DescriptorOwner(try Self.checked(outcome))
        return PosixDiskFile(file, size: try file.use(Self.fileSize), pool)
    }

    package func create(_ path: String) async throws(DiskError) -> any DiskFile {
        let (directory, name) = try await parent(of: path)
        let outcome = try await onPool {
            directory.use { callfs_open_beneath($0, name, O_WRONLY | O_CREAT | O_EXCL, 0o600) }
        }
        return PosixDiskFile(DescriptorOwner(try Self.checked(outcome)), size: 0, pool)
    }

    package func rename(_ source: String, to destination: String) async throws(DiskError) {
        let (oldDirectory, oldName) = try await parent(of: source)
        let (newDirectory, newName) = try await parent(of: destination)
        let outcome = try await onPool {
            oldDirectory.use { old in newDirectory.use { new in Self.rename(old, oldName, new, newName) } }
        }
        _ = try Self.checked(outcome)
    }

    package func remove(_ path: String) async throws(DiskError) {
        let (directory, name) = try await parent(of: path, evenIfCancelled: true)
        let outcome = try await onPool(evenIfCancelled: true) {
            directory.use { unlinkat($0, name, 0) == 0 ? 0 : -errno }
        }
        _ = try Self.checked(outcome)
    }

    package func size(of path: String) async throws(DiskError) -> UInt64? {
        try checkCancellation()
        let (directory, name): (DescriptorOwner, String)
        do {
            (directory, name) = try await parent(of: path)
        } catch .notFound {
            return nil
        }
        var outcome = directory.use { callfs_open_beneath_cached($0, name, callfs_open_path_only) }
        if outcome == -EAGAIN {
            outcome = try await onPool {
                directory.use { callfs_open_beneath($0, name, callfs_open_path_only, 0) }
            }
        }
        if outcome == -ENOENT { return nil }
        return try DescriptorOwner(try Self.checked(outcome)).use(Self.fileSize)
    }

    // MARK: Directories

    package func makeDirectory(_ path: String) async throws(DiskError) {
        let (directory, name) = try await parent(of: path)
        let outcome = try await onPool {
            directory.use { mkdirat($0, name, 0o700) == 0 ? 0 : -errno }
        }
        _ = try Self.checked(outcome)
    }

    package func names(in directory: String) async throws(DiskError) -> [String] {
        guard directory.isEmpty || DiskPath(directory) != nil else { throw .refused }
        let root = self.root
        return try await onPool {
            // A descriptor of its own: the position in a directory belongs to the open file.
            let path = directory.isEmpty ? "." : directory
            return Self.names(root.use { callfs_open_beneath($0, path, O_RDONLY | O_DIRECTORY, 0) })
        }.get()
    }

    package func syncDirectory(_ path: String) async throws(DiskError) {
        let directory = try await self.directory(path, evenIfCancelled: false)
        let outcome = try await onPool { directory.use { fsync($0) == 0 ? 0 : -errno } }
        _ = try Self.checked(outcome)
    }

    // MARK: The whole

    package func lock(_ path: String) async throws(DiskError) {
        let (directory, name) = try await parent(of: path)
        let outcome = try await onPool {
            let opened = directory.use { callfs_open_beneath($0, name, O_RDWR | O_CREAT, 0o600) }
            guard opened >= 0 else { return opened }
            // The lock belongs to the open file, so it keeps out this process too (flock(2)).
            guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                close(opened)
                return -code
            }
            return opened
        }
        if outcome == -EWOULDBLOCK { throw .locked }
        let owner = DescriptorOwner(try Self.checked(outcome))
        locks.withLock { $0[path] = owner }
    }

    package func unlock(_ path: String) async {
        let owner = locks.withLock { $0.removeValue(forKey: path) }
        owner?.close()
    }

    package func space() async throws(DiskError) -> DiskSpace {
        let root = self.root
        return try await onPool { () -> Result<DiskSpace, DiskError> in
            var status = statvfs()
            guard root.use({ fstatvfs($0, &status) }) == 0 else { return .failure(DiskError(errno: errno)) }
            let unit = UInt64(status.f_frsize)
            return .success(
                DiskSpace(
                    totalBytes: UInt64(status.f_blocks) * unit, freeBytes: UInt64(status.f_bavail) * unit))
        }.get()
    }

    // MARK: Inside

    /// The opened directory that holds the last name of `path`, and that name.
    private func parent(
        of path: String, evenIfCancelled: Bool = false
    ) async throws(DiskError) -> (DescriptorOwner, String) {
        guard let path = DiskPath(path) else { throw .refused }
        return (try await directory(path.parent, evenIfCancelled: evenIfCancelled), path.name)
    }

    private func directory(
        _ path: String, evenIfCancelled: Bool
    ) async throws(DiskError) -> DescriptorOwner {
        if path.isEmpty { return root }
        if let known = directories.withLock({ $0[path] }) { return known }
        guard DiskPath(path) != nil else { throw .refused }
        let root = self.root
        let outcome = try await onPool(evenIfCancelled: evenIfCancelled) {
            root.use { callfs_open_beneath($0, path, O_RDONLY | O_DIRECTORY, 0) }
        }
        let owner = DescriptorOwner(try Self.checked(outcome))
        directories.withLock { directories in
            if directories.count >= Limits.directoriesMax { directories.removeAll() }
            directories[path] = owner
        }
        return owner
    }

    private func onPool<Value: Sendable>(
        evenIfCancelled: Bool = false, _ work: @escaping @Sendable () -> Value
    ) async throws(DiskError) -> Value {
        try await pool.disk(evenIfCancelled: evenIfCancelled, work)
    }

    private func checkCancellation() throws(DiskError) {
        if Task.isCancelled { throw .cancelled }
    }

    private static func checked(_ outcome: Int32) throws(DiskError) -> Int32 {
        guard outcome >= 0 else { throw DiskError(errno: -outcome) }
        return outcome
    }

    private static func rename(_ old: Int32, _ oldName: String, _ new: Int32, _ newName: String) -> Int32 {
        let outcome = callfs_rename_new(old, oldName, new, newName)
        guard outcome == -EINVAL else { return outcome }
        // NFS and some others know no RENAME_NOREPLACE; a second link is as good.
        guard linkat(old, oldName, new, newName, 0) == 0 else { return -errno }
        return unlinkat(old, oldName, 0) == 0 ? 0 : -errno
    }

    /// The size of an open regular file; `.refused` when it is anything else.
    private static func fileSize(_ descriptor: Int32) throws(DiskError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw DiskError(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .refused }
        return UInt64(status.st_size)
    }

    /// Reads a directory to its end and closes it. `opened` is a descriptor or a negative error number.
    private static func names(_ opened: Int32) -> Result<[String], DiskError> {
        guard opened >= 0 else { return .failure(DiskError(errno: -opened)) }
        guard let stream = fdopendir(opened) else {
            let code = errno
            close(opened)
            return .failure(DiskError(errno: code))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                return errno == 0 ? .success(names) : .failure(DiskError(errno: errno))
            }
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            let text = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            let name = String(cString: text)
            if name != ".", name != ".." { names.append(name) }
        }
    }
}

extension BlockingPool {
    /// Runs a disk's work; a full queue counts as a disk that fails for now.
    func disk<Value: Sendable>(
        evenIfCancelled: Bool = false, _ work: @escaping @Sendable () -> Value
    ) async throws(DiskError) -> Value {
        do throws(BlockingPoolRefusal) {
            return evenIfCancelled ? try await runToEnd(work) : try await run(work)
        } catch {
            switch error {
            case .cancelled: throw .cancelled
            case .overloaded: throw .failed(errno: EAGAIN)
            case .stopped: throw .failed(errno: ECANCELED)
            }
        }
    }
}
