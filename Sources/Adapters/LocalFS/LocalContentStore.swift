package import Domain
package import Ports
private import Synchronization

/// Contents as files of a local disk: `.callfs/objects/<ab>/<location id>`, each written once and never
/// changed.
///
/// A write goes to a temporary file, which is synced, renamed into place, and its directory synced; only then
/// does the call return. So an object that is there is whole, whatever crashed when. An error on a sync
/// discards the content: the bytes are in doubt, and asking again could be answered with a lie.
package final class LocalContentStore: ContentStore {
    package enum Limits {
        /// Open files kept for objects that are read often. Far below the usual bound of a process, 1024 at
        /// least.
        package static let openFilesMax = 512
        /// Idle transfer buffers kept: 4 MiB. More transfers than that allocate theirs.
        package static let idleBuffersMax = 16
        /// From this length on, room is reserved ahead. Below, the filesystem's own delayed allocation does
        /// better.
        package static let preallocatedBytesMin: UInt64 = 1 << 20
        /// Files whose removal failed and is tried again; what is beyond waits for the next start or the
        /// sweep.
        package static let leftoversMax = 1024
    }

    package let id: StoreID
    let disk: any Disk
    private let log: any EventLog
    let buffers = BufferPool(bytes: Domain.Limits.transferBufferBytes, idleMax: Limits.idleBuffersMax)
    let shards: [DirectorySync]
    private let openFiles = OpenFileCache(capacity: Limits.openFilesMax)
    private let leftovers = Mutex<[String]>([])

    /// Of a disk that was prepared by `open`.
    init(id: StoreID, disk: any Disk, log: any EventLog) {
        self.id = id
        self.log = log
        self.disk = disk
        shards = StoreLayout.shardPaths.map { DirectorySync($0, on: disk) }
    }

    /// Gives the disk back, so that another process can take it. To be called last.
    package func close() async { await disk.unlock(StoreLayout.lock) }

    // MARK: Reading

    package func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream {
        precondition(range.upperBound <= size)
        if Task.isCancelled { throw .cancelled }
        let file = try await openFile(id)
        guard file.size == size else { throw .corrupt }
        return StoredFileStream(file, range: range, report: { self.report($0, during: "a read") })
    }

    package func size(of id: LocationID) async throws(ContentError) -> UInt64? {
        if Task.isCancelled { throw .cancelled }
        if let file = openFiles.find(id).file { return file.size }
        return try await perform { () throws(DiskError) in try await disk.size(of: StoreLayout.object(id)) }
    }

    private func openFile(_ id: LocationID) async throws(ContentError) -> any DiskFile {
        let (found, epoch) = openFiles.find(id)
        if let found { return found }
        let file = try await perform { () throws(DiskError) in
            try await disk.open(StoreLayout.object(id))
        }
        openFiles.insert(id, file, openedIn: epoch)
        return file
    }

    // MARK: Deleting

    package func delete(_ id: LocationID) async throws(ContentError) {
        if Task.isCancelled { throw .cancelled }
        defer { openFiles.remove(id) }
        try await perform { () throws(DiskError) in
            do throws(DiskError) {
                try await disk.remove(StoreLayout.object(id))
            } catch {
                guard error == .notFound else { throw error }
            }
        }
    }

    /// Removes what a failed write has left; remembers what cannot be removed now.
    func discard(_ path: String) async {
        do throws(DiskError) {
            try await disk.remove(path)
        } catch {
            guard error != .notFound else { return }
            leftovers.withLock { leftovers in
                if leftovers.count < Limits.leftoversMax { leftovers.append(path) }
            }
        }
    }

    private func discardLeftovers() async {
        let paths = leftovers.withLock { leftovers in
            defer { leftovers = [] }
            return leftovers
        }
        for path in paths { await discard(path) }
    }

    // MARK: Listing

    /// In the order of the directories, and of the ids in each: one directory's names are in memory at a
    /// time.
    package func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject] {
        precondition(limit > 0)
        var objects: [StoredObject] = []
        var shard = id.map { StoreLayout.shard(of: $0) } ?? 0
        var last = id
        while shard < StoreLayout.shardPaths.count, objects.count < limit {
            for id in try await ids(in: shard, after: last) {
                // Nil when it was deleted since the names were read.
                guard let size = try await self.size(of: id) else { continue }
                objects.append(StoredObject(id: id, size: size))
                if objects.count == limit { break }
            }
            shard += 1
            last = nil
        }
        return objects
    }

    private func ids(in shard: Int, after last: LocationID?) async throws(ContentError) -> [LocationID] {
        let names = try await perform { () throws(DiskError) in
            try await disk.names(in: StoreLayout.shardPaths[shard])
        }
        var ids: [LocationID] = []
        for name in names {
            // Only names that this store writes: the text of an id has one form.
            guard let value = Identifier(name) else { continue }
            let id = LocationID(value)
            if StoreLayout.shard(of: id) == shard, last.map({ id > $0 }) ?? true { ids.append(id) }
        }
        return ids.sorted()
    }

    // MARK: Health

    package func probe() async -> StoreHealth {
        do throws(DiskError) {
            await discardLeftovers()
            // Gone when the disk below the directory was unmounted.
            guard try await disk.size(of: StoreLayout.marker) != nil else {
                return StoreHealth(isAvailable: false, problem: "its marker is gone")
            }
            let space = try await disk.space()
            return StoreHealth(
                isAvailable: true, freeBytes: space.freeBytes, totalBytes: space.totalBytes)
        } catch {
            return StoreHealth(isAvailable: false, problem: "its disk fails: \(error)")
        }
    }

    // MARK: Errors

    func perform<Value>(_ work: () async throws(DiskError) -> Value) async throws(ContentError) -> Value {
        do throws(DiskError) {
            return try await work()
        } catch {
            report(error, during: "an access")
            throw Self.meaning(of: error)
        }
    }

    /// Leaves what the disk said in the operator's log, unless it is an answer that this store expects.
    func report(_ error: DiskError, during work: String) {
        var fields = [LogField("during", work)]
        switch error {
        case .notFound, .exists, .cancelled: return
        case .full: fields.append(LogField("reason", "there is no room"))
        case .locked: fields.append(LogField("reason", "another process has a lock"))
        case .notPermitted: fields.append(LogField("reason", "it is not permitted"))
        case .refused: fields.append(LogField("reason", "something is not of the kind that it should be"))
        case .failed(let number): fields.append(LogField("errno", number))
        }
        log.log(error == .full ? .warn : .error, "the disk of the content store failed", fields)
    }

    static func meaning(of error: DiskError) -> ContentError {
        switch error {
        case .notFound: .notFound
        case .exists: .refused("the object is there already, or being written")
        case .full: .full
        case .notPermitted: .refused("the disk does not permit it")
        // Something that is no regular file has taken the place of an object.
        case .refused: .corrupt
        case .locked, .failed: .unavailable
        case .cancelled: .cancelled
        }
    }
}
