import CSQLite
import Glibc
import Synchronization

/// Makes SQLite's writes to the files of one directory fail, through the hook that its unix layer has for
/// tests (`xSetSystemCall`). For the whole process, so the directory says whose writes are meant.
enum FaultyWrites {
    private struct Fault {
        let directory: String
        let error: Int32
    }

    private static let fault = Mutex<Fault?>(nil)

    /// Runs `body` while writes below `directory` fail with `error`.
    static func fail(
        in directory: String, with error: Int32, _ body: () async throws -> Void
    ) async rethrows {
        install
        fault.withLock { $0 = Fault(directory: directory, error: error) }
        defer { fault.withLock { $0 = nil } }
        try await body()
    }

    private static let install: Void = {
        guard let system = sqlite3_vfs_find("unix") else { preconditionFailure("no unix layer") }
        typealias Write = @convention(c) (Int32, UnsafeRawPointer?, Int, Int) -> Int
        let write: Write = { file, bytes, count, offset in
            if let error = FaultyWrites.error(for: file) {
                errno = error
                return -1
            }
            return pwrite(file, bytes, count, off_t(offset))
        }
        let pointer = unsafeBitCast(write, to: sqlite3_syscall_ptr.self)
        for name in ["pwrite", "pwrite64"] { _ = system.pointee.xSetSystemCall(system, name, pointer) }
    }()

    private static func error(for file: Int32) -> Int32? {
        fault.withLock { fault in
            guard let fault else { return nil }
            var path = [CChar](repeating: 0, count: 512)
            let count = readlink("/proc/self/fd/\(file)", &path, path.count - 1)
            guard count > 0 else { return nil }
            let text = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return text.hasPrefix(fault.directory) ? fault.error : nil
        }
    }
}
