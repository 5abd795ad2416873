private import Glibc

/// A fresh directory of the machine, removed with everything in it when it is no longer referenced.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// With `inMemory`, on a filesystem in memory where the machine has one: for tests that sync a lot and
    /// are not about the disk.
    package init(inMemory: Bool = false) {
        let base = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(base)/callfs-test-XXXXXX".utf8CString)
        let path = template.withUnsafeMutableBufferPointer { bytes in
            bytes.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let path else { preconditionFailure("no temporary directory: error \(errno)") }
        self.path = path
    }

    deinit { Self.removeAll(path) }

    /// Depth first, never through a symbolic link.
    private static func removeAll(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) {
            var names: [String] = []
            while let entry = readdir(stream) {
                let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
                let text = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
                names.append(String(cString: text))
            }
            closedir(stream)
            for name in names where name != "." && name != ".." { removeAll(path + "/" + name) }
        }
        remove(path)
    }
}
