import Domain
import EventLoop
private import Glibc
import HostSystem
import Ports
import TLS

/// The directory that holds everything of an embedded node: metadata, contents unless they are elsewhere, and
/// what was made for it at the first start. One process has it at a time.
struct NodeDirectory {
    /// What belongs to the node itself among the entries of the directory, beside the contents.
    static let ownNames: Set<String> = [
        "callfs.lock", "metadata", "server.crt", "server.key", "api-key", "link-secret",
        "lost+found",
    ]

    let path: String
    let disk: PosixDisk

    /// Makes the directory when it is missing, and takes its lock for as long as the process lives.
    static func open(_ path: String, pool: BlockingPool) async throws(StartError) -> NodeDirectory {
        try make(path)
        let disk: PosixDisk
        do throws(DiskError) { disk = try PosixDisk(root: path, pool: pool) } catch {
            throw StartError(
                "The data directory '\(path)' cannot be opened: \(reason(error)). "
                    + "Choose another with --data-dir."
            )
        }
        do throws(DiskError) { try await disk.lock("callfs.lock") } catch .locked {
            throw StartError(
                "Another callfs runs on the data directory '\(path)'. "
                    + "Stop it, or choose another with --data-dir."
            )
        } catch {
            throw StartError(
                "The data directory '\(path)' cannot be written: \(reason(error)). "
                    + "Give it to the user that callfs runs as, or choose another with --data-dir.")
        }
        return NodeDirectory(path: path, disk: disk)
    }

    /// The secret in a file of the directory; nil when there is none.
    func secret(in name: String) async throws(StartError) -> Secret? {
        do throws(DiskError) {
            let file = try await disk.open(name)
            defer { file.close() }
            let buffer = ByteBuffer(capacity: 4096)
            while try await file.read(
                into: buffer, at: UInt64(buffer.readableCount), limit: buffer.writableCount) > 0
            {
                if buffer.writableCount == 0 { break }
            }
            let text = String(decoding: buffer.readable, as: UTF8.self)
            return Secret(String(text.prefix { $0 != "\n" }))
        } catch .notFound {
            return nil
        } catch {
            throw StartError("'\(path)/\(name)' cannot be read: \(Self.reason(error)).")
        }
    }

    /// Writes a file whole or not at all, mode 0600, durably.
    func write(_ bytes: [UInt8], to name: String) async throws(StartError) {
        let temporary = name + ".new"
        do throws(DiskError) {
            try await remove(temporary)
            let file = try await disk.create(temporary)
            defer { file.close() }
            let buffer = ByteBuffer(capacity: max(1, bytes.count))
            _ = bytes.withUnsafeBytes { buffer.append($0) }
            try await file.write(buffer, at: 0)
            try await file.sync()
            try await disk.rename(temporary, to: name)
            try await disk.syncDirectory("")
        } catch {
            throw StartError("'\(path)/\(name)' cannot be written: \(Self.reason(error)).")
        }
    }

    /// As `write`, in place of a file of that name.
    func replace(with bytes: [UInt8], _ name: String) async throws(StartError) {
        do throws(DiskError) { try await remove(name) } catch {
            throw StartError("'\(path)/\(name)' cannot be replaced: \(Self.reason(error)).")
        }
        try await write(bytes, to: name)
    }

    /// Removes what may be there.
    private func remove(_ name: String) async throws(DiskError) {
        if try await disk.size(of: name) != nil { try await disk.remove(name) }
    }

    static func reason(_ error: DiskError) -> String {
        switch error {
        case .notFound: "it does not exist"
        case .exists: "it exists already"
        case .full: "the disk is full"
        case .locked: "another process has it"
        case .notPermitted: "permission denied"
        case .refused: "it is not what it should be"
        case .failed(let number): String(cString: strerror(number))
        case .cancelled: "it was cancelled"
        }
    }

    /// Makes a directory and those above it that are missing, mode 0700, durably: what is stored below would
    /// be lost with a name that power loss takes away.
    static func make(_ path: String) throws(StartError) {
        var parent = path.utf8.first == UInt8(ascii: "/") ? "/" : "."
        for name in path.split(separator: "/") {
            let made = parent + "/" + name
            if mkdir(made, 0o700) == 0 {
                guard sync(parent) else { throw failure(path) }
            } else if errno != EEXIST {
                throw failure(path)
            }
            parent = made
        }
    }

    private static func failure(_ path: String) -> StartError {
        StartError(
            "The directory '\(path)' cannot be made: \(String(cString: strerror(errno))). "
                + "Choose another data directory with --data-dir.")
    }

    private static func sync(_ directory: String) -> Bool {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return fsync(descriptor) == 0
    }
}
