package import Domain
private import Glibc
package import Ports
import Synchronization

/// A disk in memory that loses at a crash whatever was not synced, as real ones do.
///
/// Bytes and names are kept apart and each has a durable and a visible form. `crash` takes any subset of the
/// unsynced changes away: single sectors and parts of them, sizes, created, renamed and removed names, whole
/// directories. Which ones is decided by the generator that is handed in, so that the same seed always loses
/// the same. It is harder than a journalling filesystem, where some of the subsets cannot happen. One thing
/// is easier: of a range that was written twice without a sync between, the first value never survives.
///
/// A `fault` is asked before every call: it may fail it, or suspend to be slow. A sync that fails loses what
/// it should have written, and the next one succeeds all the same (fsync(2)). A `lag` is awaited after a sync
/// has done its work and before its caller hears of it: what is changed meanwhile is not in it.
package final class MemoryDisk: Disk {
    package typealias Fault = @Sendable (MemoryDiskOperation) async throws(DiskError) -> Void
    package typealias Lag = @Sendable () async -> Void

    typealias Directory = MemoryDiskNodeDirectory

    struct State: Sendable {
        fileprivate var root = Directory()
        fileprivate var locked: Set<String> = []
        /// Raised by each crash: what was opened before is of no use afterwards.
        var incarnation = 0
        var usedBytes = 0
        fileprivate var operationCount = 0
        fileprivate var powerOffAt = Int.max
        fileprivate var fault: Fault?
        fileprivate var lag: Lag?
        /// Directories that were found before, by path: none is ever renamed or removed.
        fileprivate var found: [String: Directory] = [:]
    }

    private let capacityBytes: Int
    let state: Mutex<State>

    package init(capacityBytes: Int = 1 << 30) {
        self.capacityBytes = capacityBytes
        state = Mutex(State())
    }

    // MARK: What a test does to it

    package func setFault(_ fault: Fault?) { state.withLock { $0.fault = fault } }
    package func setLag(_ lag: Lag?) { state.withLock { $0.lag = lag } }

    /// How many calls there were.
    package var operationCount: Int { state.withLock { $0.operationCount } }

    /// The call with this number and all later ones fail and do nothing, until `crash`.
    package func powerOff(at number: Int) { state.withLock { $0.powerOffAt = number } }

    /// Loses what was not synced, closes what was open, gives back the locks and turns the power on again.
    package func crash(using choose: inout SeededGenerator) {
        state.withLock { state in
            state.root = Self.survivor(of: state.root, &choose)
            state.found = [:]
            state.locked = []
            state.incarnation += 1
            state.powerOffAt = .max
            var seen: Set<ObjectIdentifier> = []
            state.usedBytes = state.root.allocatedBytes(&seen)
        }
    }

    /// What lies on one disk lies on the other from now on, and the other way round: with an empty one, it
    /// was wiped. Both lose what was not synced.
    package func exchange(with other: MemoryDisk, using choose: inout SeededGenerator) {
        crash(using: &choose)
        other.crash(using: &choose)
        state.withLock { state in
            other.state.withLock { other in
                swap(&state.root, &other.root)
                swap(&state.usedBytes, &other.usedBytes)
                (state.found, other.found) = ([:], [:])
            }
        }
    }

    /// Another disk, as this one would be after a crash now; this one goes on. For trying many losses at one
    /// point.
    package func survivor(using choose: inout SeededGenerator) -> MemoryDisk {
        let other = MemoryDisk(capacityBytes: capacityBytes)
        let root = state.withLock { Self.survivor(of: $0.root, &choose) }
        other.state.withLock { state in
            state.root = root
            var seen: Set<ObjectIdentifier> = []
            state.usedBytes = root.allocatedBytes(&seen)
        }
        return other
    }

    /// Changes one byte of a file on the medium. False when there is none.
    package func flipByte(of path: String, at offset: Int) -> Bool {
        state.withLock { state in
            guard case .file(let file) = Self.find(path, state), offset < file.bytes.count else {
                return false
            }
            file.flip(at: offset)
            return true
        }
    }

    /// What is in a file now; nil when there is none.
    package func bytes(of path: String) -> [UInt8]? {
        state.withLock { state in
            guard case .file(let file) = Self.find(path, state) else { return nil }
            return file.bytes
        }
    }

    private static func survivor(
        of root: Directory, _ choose: inout SeededGenerator
    ) -> Directory {
        var files: [ObjectIdentifier: MemoryDiskNodeFile] = [:]
        return root.survivor(&choose, &files)
    }

    // MARK: Disk

    package func open(_ path: String) async throws(DiskError) -> any DiskFile {
        try await perform(.open, path) { state throws(DiskError) in
            let (directory, name) = try Self.parent(of: path, &state)
            guard let child = directory.children[name] else { throw .notFound }
            guard case .file(let file) = child else { throw .refused }
            return MemoryDiskFile(self, file, path, state.incarnation, isWritable: false)
        }
    }

    package func create(_ path: String) async throws(DiskError) -> any DiskFile {
        try await perform(.create, path) { state throws(DiskError) in
            let (directory, name) = try Self.parent(of: path, &state)
            guard directory.children[name] == nil else { throw .exists }
            let file = MemoryDiskNodeFile()
            file.linkCount = 1
            directory.set(name, .file(file))
            return MemoryDiskFile(self, file, path, state.incarnation, isWritable: true)
        }
    }

    package func makeDirectory(_ path: String) async throws(DiskError) {
        try await perform(.makeDirectory, path) { state throws(DiskError) in
            let (directory, name) = try Self.parent(of: path, &state)
            guard directory.children[name] == nil else { throw .exists }
            directory.set(name, .directory(Directory()))
        }
    }

    package func rename(_ source: String, to destination: String) async throws(DiskError) {
        try await perform(.rename, source) { state throws(DiskError) in
            let (oldDirectory, oldName) = try Self.parent(of: source, &state)
            let (newDirectory, newName) = try Self.parent(of: destination, &state)
            guard let child = oldDirectory.children[oldName] else { throw .notFound }
            guard case .file = child else { throw .refused }
            guard newDirectory.children[newName] == nil else { throw .exists }
            newDirectory.set(newName, child)
            oldDirectory.set(oldName, nil)
        }
    }

    package func remove(_ path: String) async throws(DiskError) {
        try await perform(.remove, path) { state throws(DiskError) in
            let (directory, name) = try Self.parent(of: path, &state)
            guard let child = directory.children[name] else { throw .notFound }
            guard case .file(let file) = child else { throw .refused }
            directory.set(name, nil)
            file.linkCount -= 1
            if file.linkCount == 0 { state.usedBytes -= file.allocatedBytes }
        }
    }

    package func names(in directory: String) async throws(DiskError) -> [String] {
        try await perform(.names, directory) { state throws(DiskError) in
            // Sorted, because the order of a dictionary must not reach a simulation.
            try Self.directory(directory, &state).children.keys.sorted()
        }
    }

    package func syncDirectory(_ path: String) async throws(DiskError) {
        do {
            try await perform(.syncDirectory, path) { state throws(DiskError) in
                try Self.directory(path, &state).sync()
            }
        } catch {
            failSync(error) { state in
                if let directory = try? Self.directory(path, &state) { directory.failSync() }
            }
            throw error
        }
    }

    package func lock(_ path: String) async throws(DiskError) {
        try await perform(.lock, path) { state throws(DiskError) in
            let (directory, name) = try Self.parent(of: path, &state)
            switch directory.children[name] {
            case .directory: throw .refused
            case .file: break
            case nil:
                let file = MemoryDiskNodeFile()
                file.linkCount = 1
                directory.set(name, .file(file))
            }
            guard state.locked.insert(path).inserted else { throw .locked }
        }
    }

    package func unlock(_ path: String) async { state.withLock { _ = $0.locked.remove(path) } }

    package func size(of path: String) async throws(DiskError) -> UInt64? {
        try await perform(.size, path) { state throws(DiskError) in
            let (directory, name): (Directory, String)
            do throws(DiskError) { (directory, name) = try Self.parent(of: path, &state) } catch {
                if error == .notFound { return nil }
                throw error
            }
            switch directory.children[name] {
            case .file(let file): return UInt64(file.bytes.count)
            case .directory: throw .refused
            case nil: return nil
            }
        }
    }

    package func space() async throws(DiskError) -> DiskSpace {
        try await perform(.space, "") { state throws(DiskError) in
            DiskSpace(
                totalBytes: UInt64(capacityBytes), freeBytes: UInt64(max(0, capacityBytes - state.usedBytes)))
        }
    }

    // MARK: Inside

    /// Asks the fault and then does the work under the lock.
    func perform<Result: Sendable>(
        _ verb: MemoryDiskOperation.Verb, _ path: String,
        _ work: (inout State) throws(DiskError) -> Result
    ) async throws(DiskError) -> Result {
        if Task.isCancelled, verb != .remove { throw .cancelled }
        let (number, fault) = state.withLock { state in
            state.operationCount += 1
            return (state.operationCount - 1, state.fault)
        }
        if let fault { try await fault(MemoryDiskOperation(number: number, verb: verb, path: path)) }
        let (result, lag) = try state.withLock { state throws(DiskError) in
            guard number < state.powerOffAt else { throw DiskError.failed(errno: EIO) }
            return (try work(&state), state.lag)
        }
        if let lag, verb == .syncFile || verb == .syncDirectory { await lag() }
        return result
    }

    /// Takes `count` more bytes of the disk.
    func take(_ count: Int, _ state: inout State) throws(DiskError) {
        guard state.usedBytes + count <= capacityBytes else { throw .full }
        state.usedBytes += count
    }

    func failSync(of file: MemoryDiskNodeFile, _ error: DiskError) {
        failSync(error) { _ in file.failSync() }
    }

    /// A sync that fails loses what it should have written; not when it never began or when the power is off.
    private func failSync(_ error: DiskError, _ lose: (inout State) -> Void) {
        guard case .failed = error else { return }
        state.withLock { state in
            if state.operationCount <= state.powerOffAt { lose(&state) }
        }
    }

    private static func find(_ path: String, _ state: State) -> Directory.Child? {
        guard let path = DiskPath(path) else { return nil }
        var child = Directory.Child.directory(state.root)
        for name in path.names {
            guard case .directory(let directory) = child, let next = directory.children[String(name)] else {
                return nil
            }
            child = next
        }
        return child
    }

    private static func directory(
        _ path: String, _ state: inout State
    ) throws(DiskError) -> Directory {
        if path.isEmpty { return state.root }
        if let known = state.found[path] { return known }
        guard DiskPath(path) != nil else { throw .refused }
        switch find(path, state) {
        case .directory(let directory):
            state.found[path] = directory
            return directory
        case .file: throw .refused
        case nil: throw .notFound
        }
    }

    private static func parent(
        of path: String, _ state: inout State
    ) throws(DiskError) -> (Directory, String) {
        guard let path = DiskPath(path) else { throw .refused }
        return (try directory(path.parent, &state), path.name)
    }
}
