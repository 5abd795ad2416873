private import CLinux
private import Glibc
private import HostSystem
private import TLS

extension ConfigurationHost {
    /// The machine this process runs on. `isTerminal` is about standard error, where events go.
    package static func process(sha256: @escaping ([UInt8]) -> [UInt8]) -> Self {
        Self(
            environment: processEnvironment(), readFile: readFile, isUsableDirectory: isUsableDirectory,
            certificateFault: certificateFault, isTerminal: isatty(STDERR_FILENO) == 1, sha256: sha256)
    }

    private static func processEnvironment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = callfs_environment()
        while let entry = next?.pointee {
            let parts = String(cString: entry).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next = next?.successor()
        }
        return variables
    }

    private static func readFile(_ path: String) -> Result<[UInt8], FileError> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return .failure(errno == ENOENT || errno == ENOTDIR ? .notFound : .unreadable(reason(errno)))
        }
        defer { close(file) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count == 0 { return .success(content) }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(.unreadable(reason(errno)))
            }
            content += chunk[..<count]
            if content.count > fileBytesMax { return .failure(.tooLarge) }
        }
    }

    private static func certificateFault(_ certificate: String, _ key: String) -> String? {
        do throws(TLSContextError) {
            try PEMKeyPair(certificateFile: certificate, keyFile: key).check(at: SystemClock.wallNow())
            return nil
        } catch {
            return error.description
        }
    }

    private static func reason(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else {
                return "error \(code)"
            }
            return String(cString: start)
        }
    }

    /// Asks the nearest ancestor that exists, because whoever may write there can make the rest.
    private static func isUsableDirectory(_ path: String) -> Bool {
        var ancestor = path
        var status = stat()
        while stat(ancestor, &status) != 0 {
            guard errno == ENOENT, let parent = parent(of: ancestor) else { return false }
            ancestor = parent
        }
        return status.st_mode & S_IFMT == S_IFDIR && access(ancestor, W_OK | X_OK) == 0
    }

    /// Nil for a root or the working directory, which always exist.
    private static func parent(of path: String) -> String? {
        var rest = path[...]
        while rest.count > 1, rest.last == "/" { rest = rest.dropLast() }
        guard rest != "/", rest != "." else { return nil }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }
}
