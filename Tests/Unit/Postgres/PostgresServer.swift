import Glibc
import Synchronization

/// A PostgreSQL server of the tests' own, in a directory below /tmp, reached by a socket in it. It loses
/// everything at a power cut and is the quicker for it. It dies with this process, however that ends: a shell
/// beside it reads from a pipe that only this process holds.
final class PostgresServer: Sendable {
    let directory: String
    private let process: Mutex<RunningServer?>

    /// The one that most tests share.
    static let shared = Result { try PostgresServer() }

    init() throws(ServerProblem) {
        let binaries = try Self.binaries()
        directory = try Self.makeDirectory()
        let initialize =
            Self.unprivileged + [
                binaries + "/initdb", "-D", directory + "/data", "-U", "callfs", "--auth=trust", "--no-sync",
                "--encoding=UTF8", "--locale=C", "--no-instructions",
            ]
        let status = try RunningServer.run(initialize, logTo: directory + "/initdb.log")
        guard status == 0 else { throw ServerProblem("initdb failed; see \(directory)/initdb.log") }
        process = Mutex(nil)
        try start()
    }

    /// The data source name of this server, or of a relay whose socket is in another directory.
    func dsn(socketIn other: String? = nil) -> String {
        "host=\(other ?? directory) port=5432 user=callfs dbname=postgres"
    }

    var socketPath: String { directory + "/.s.PGSQL.5432" }

    /// Starts it, and returns when it takes connections.
    func start() throws(ServerProblem) {
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(directory)", "fsync=off", "full_page_writes=off",
            "max_connections=200", "autovacuum=off", "log_min_messages=fatal", "deadlock_timeout=100ms",
        ]
        let binaries = try Self.binaries()
        let script = #"""
            directory=$1; shift
            "$@" </dev/null & server=$!
            read -r _ || true
            kill -QUIT "$server" 2>/dev/null; wait "$server"
            rm -rf "$directory"/.s.PGSQL.*; [ -e "$directory/keep" ] || rm -rf "$directory"
            """#
        let arguments =
            Self.unprivileged
            + ["/bin/sh", "-c", script, "sh", directory, binaries + "/postgres", "-D", directory + "/data"]
            + settings.flatMap { ["-c", $0] }
        let running = try RunningServer(arguments, logTo: directory + "/server.log")
        process.withLock { $0 = running }
        while !Self.accepts(socketPath) {
            guard running.isAlive else {
                throw ServerProblem("the server ended; see \(directory)/server.log")
            }
            sched_yield()
        }
    }

    /// Ends it at once, as a crash does, and returns when it is gone. Its data stay.
    func stop() {
        let mark = open(directory + "/keep", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
        if mark >= 0 { close(mark) }
        process.withLock { process in
            process?.end()
            process = nil
        }
        unlink(directory + "/keep")
    }

    // MARK: Where it is

    /// PostgreSQL refuses to run as root.
    private static var unprivileged: [String] {
        getuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] : []
    }

    private static func binaries() throws(ServerProblem) -> String {
        for version in (14...30).reversed() {
            let path = "/usr/lib/postgresql/\(version)/bin"
            if access(path + "/initdb", X_OK) == 0 { return path }
        }
        throw ServerProblem("there is no PostgreSQL server on this machine: run scripts/setup --test")
    }

    private static func makeDirectory() throws(ServerProblem) -> String {
        var template = Array("/tmp/callfs-postgres-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ServerProblem("no directory can be made below /tmp") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard getuid() == 0 else { return path }
        guard let user = getpwnam("nobody"), chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0
        else { throw ServerProblem("there is no user 'nobody' to run the server as") }
        return path
    }

    /// Whether a session can be had: the socket is there before the server is ready.
    private static func accepts(_ path: String) -> Bool {
        let descriptor = connectUnix(path)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // A startup message without a user is refused with an error, and by a server that starts as well: the
        // state of the error tells.
        let parameters = Array("user\u{0}callfs\u{0}database\u{0}postgres\u{0}\u{0}".utf8)
        let length = UInt32(8 + parameters.count).bigEndian
        let message =
            withUnsafeBytes(of: length, Array.init)
            + withUnsafeBytes(of: UInt32(196_608).bigEndian, Array.init)
            + parameters
        guard write(descriptor, message, message.count) == message.count else { return false }
        var first: UInt8 = 0
        return read(descriptor, &first, 1) == 1 && first == UInt8(ascii: "R")
    }
}

/// Why there is no server.
struct ServerProblem: Error, CustomStringConvertible {
    let description: String
    init(_ sentence: String) { description = sentence }
}

/// A process that ends when the pipe to it is closed.
final class RunningServer: @unchecked Sendable {
    private let pid: pid_t
    private let pipe: Int32

    init(_ arguments: [String], logTo log: String) throws(ServerProblem) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw ServerProblem("no pipe can be made") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        pid = try Self.spawn(arguments, input: ends[0], logTo: log)
        pipe = ends[1]
    }

    var isAlive: Bool { waitpid(pid, nil, WNOHANG) == 0 }

    func end() {
        close(pipe)
        waitpid(pid, nil, 0)
    }

    static func run(_ arguments: [String], logTo log: String) throws(ServerProblem) -> Int32 {
        let pid = try spawn(arguments, input: nil, logTo: log)
        var status: Int32 = -1
        waitpid(pid, &status, 0)
        return status
    }

    private static func spawn(
        _ arguments: [String], input: Int32?, logTo log: String
    ) throws(ServerProblem) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, log, O_CREAT | O_APPEND | O_WRONLY, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in Self.openDescriptors where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        // Signals that go to the tests' terminal are for the tests: the server goes when they have gone.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads that run tasks block signals, and children inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        let texts = arguments.map { strdup($0) } + [nil]
        defer { for text in texts { free(text) } }
        var pid: pid_t = 0
        let outcome = posix_spawn(&pid, arguments[0], &actions, &attributes, texts, environ)
        guard outcome == 0 else { throw ServerProblem("'\(arguments[0])' cannot be started") }
        return pid
    }
}

extension RunningServer {
    /// What a child would inherit.
    fileprivate static var openDescriptors: [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let descriptor = Int32(name) { found.append(descriptor) }
        }
        return found
    }
}

/// A blocking connection to a socket of the file system, or a negative number.
func connectUnix(_ path: String) -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    guard descriptor >= 0 else { return descriptor }
    let connected = withUnixAddress(path) { address, length in connect(descriptor, address, length) }
    guard connected == 0 else {
        close(descriptor)
        return -1
    }
    return descriptor
}

func withUnixAddress<Value>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
) -> Value {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
        precondition(path.utf8.count < bytes.count)
        bytes.copyBytes(from: path.utf8)
    }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
