import EventLoop
import Glibc
import HostSystem
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("A directory of the machine as a disk")
struct PosixDiskTests {
    private let directory = TemporaryDirectory()
    private let pool: BlockingPool

    init() throws { pool = try BlockingPool(threads: 2) }

    @Test("The contract of disks holds", arguments: DiskContract.Check.allCases)
    func contract(check: DiskContract.Check) async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        try await DiskContract { disk }.run(check)
        pool.stop()
    }

    @Test("No verb follows a symbolic link, to a file, to a directory or out of the root")
    func symbolicLinks() async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        let outside = TemporaryDirectory()
        try await disk.makeDirectory("inside")
        try await disk.write("inside/file", [1])
        plant("link-file", to: "inside/file")
        plant("link-inside", to: "inside")
        plant("link-outside", to: outside.path)
        plant("link-up", to: "..")
        plant("link-nowhere", to: "nowhere")
        for path in ["link-inside/file", "link-inside/new", "link-outside/new", "link-up/new"] {
            await #expect(throws: DiskError.refused) { try await disk.open(path) }
            await #expect(throws: DiskError.refused) { try await disk.create(path) }
            await #expect(throws: DiskError.refused) { try await disk.makeDirectory(path) }
            await #expect(throws: DiskError.refused) { try await disk.rename("inside/file", to: path) }
            await #expect(throws: DiskError.refused) { try await disk.remove(path) }
            await #expect(throws: DiskError.refused) { try await disk.lock(path) }
            await #expect(throws: DiskError.refused) { try await disk.size(of: path) }
        }
        for path in ["link-inside", "link-outside", "link-up"] {
            await #expect(throws: DiskError.refused) { try await disk.names(in: path) }
            await #expect(throws: DiskError.refused) { try await disk.syncDirectory(path) }
        }
        await #expect(throws: DiskError.refused) { try await disk.open("link-file") }
        await #expect(throws: DiskError.exists) { try await disk.create("link-nowhere") }
        await #expect(throws: DiskError.refused) { try await disk.lock("link-nowhere") }
        #expect(try await disk.names(in: "inside") == ["file"])
        let elsewhere = try PosixDisk(root: outside.path, pool: pool)
        #expect(try await elsewhere.names(in: "").isEmpty)
        pool.stop()
    }

    @Test("What is neither a file nor a directory is refused, and nobody waits for the other end of a FIFO")
    func specialFiles() async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        #expect(mkfifo(directory.path + "/fifo", 0o600) == 0)
        await #expect(throws: DiskError.refused) { try await disk.open("fifo") }
        await #expect(throws: DiskError.refused) { try await disk.size(of: "fifo") }
        pool.stop()
    }

    @Test("Files and directories are made for their owner only")
    func modes() async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        try await disk.write("file", [1])
        try await disk.makeDirectory("directory")
        try await disk.lock("lock")
        #expect(mode("file") == 0o600)
        #expect(mode("lock") == 0o600)
        #expect(mode("directory") == 0o700)
        pool.stop()
    }

    @Test("A root that is no directory or not there is said to be so")
    func roots() throws {
        let file = directory.path + "/file"
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        #expect(throws: DiskError.refused) { try PosixDisk(root: file, pool: pool) }
        #expect(throws: DiskError.notFound) { try PosixDisk(root: directory.path + "/none", pool: pool) }
        pool.stop()
    }

    @Test("A lock excludes another disk on the same root, until it is given back or its owner is gone")
    func locksExclude() async throws {
        var first: PosixDisk? = try PosixDisk(root: directory.path, pool: pool)
        let second = try PosixDisk(root: directory.path, pool: pool)
        try await first?.lock("lock")
        await #expect(throws: DiskError.locked) { try await second.lock("lock") }
        await second.unlock("lock")
        await #expect(throws: DiskError.locked) { try await second.lock("lock") }
        first = nil
        try await second.lock("lock")
        pool.stop()
    }

    @Test("A disk whose pool is stopped fails and does not hang")
    func stopped() async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        pool.stop()
        await #expect(throws: DiskError.failed(errno: ECANCELED)) { try await disk.create("file") }
    }

    @Test("A file larger than what the disk is told to begin at once is written whole")
    func large() async throws {
        let disk = try PosixDisk(root: directory.path, pool: pool)
        let piece = pattern(1 << 20, seed: 5)
        let file = try await disk.create("file")
        for index in 0..<20 { try await file.write(buffer(piece), at: UInt64(index) << 20) }
        try await file.sync()
        file.close()
        let bytes = try await disk.read("file")
        #expect(bytes.count == 20 << 20)
        #expect((0..<20).allSatisfy { Array(bytes[($0 << 20)..<(($0 + 1) << 20)]) == piece })
        pool.stop()
    }

    @Test(
        "Error numbers are told apart by what can be done about them",
        arguments: [
            (ENOENT, .notFound), (EEXIST, .exists), (ENOSPC, .full), (EDQUOT, .full),
            (EACCES, .notPermitted), (EPERM, .notPermitted), (EROFS, .notPermitted), (ELOOP, .refused),
            (EXDEV, .refused), (ENOTDIR, .refused), (EISDIR, .refused), (EIO, .failed(errno: EIO)),
            (EMFILE, .failed(errno: EMFILE)),
        ] as [(Int32, DiskError)])
    func codes(code: Int32, error: DiskError) { #expect(DiskError(errno: code) == error) }

    private func plant(_ name: String, to target: String) {
        #expect(symlink(target, directory.path + "/" + name) == 0)
    }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        #expect(lstat(directory.path + "/" + name, &status) == 0)
        return status.st_mode & 0o7777
    }
}
