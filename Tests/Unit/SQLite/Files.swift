import CSQLite
import Glibc
import TestSupport
import Testing

/// Something that a test needs has failed.
struct ProgramFailed: Error {
    let status: Int32
}

/// Copies the database and then its log, in a process of its own: a descriptor that this one closed would
/// take SQLite's locks with it. What a crash leaves, as long as the log is not copied into the database in
/// between.
func copyDatabase(from source: TemporaryDirectory, to target: TemporaryDirectory) throws {
    for name in ["callfs.db", "callfs.db-wal"] {
        try spawn(["cp", "--", source.path + "/" + name, target.path + "/" + name])
    }
}

/// Runs a statement on the closed database of a directory.
func run(_ statement: String, in directory: TemporaryDirectory) throws {
    var connection: OpaquePointer?
    defer { sqlite3_close(connection) }
    let path = directory.path + "/callfs.db"
    guard sqlite3_open(path, &connection) == SQLITE_OK,
        sqlite3_exec(connection, statement, nil, nil, nil) == SQLITE_OK
    else { throw ProgramFailed(status: sqlite3_errcode(connection)) }
}

/// Bytes that the files of a directory take on the disk.
func diskUse(of directory: TemporaryDirectory) -> Int {
    ["callfs.db", "callfs.db-wal", "callfs.db-shm"].reduce(0) { sum, name in
        var status = stat()
        guard stat(directory.path + "/" + name, &status) == 0 else { return sum }
        return sum + Int(status.st_blocks) * 512
    }
}

private func spawn(_ words: [String]) throws {
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    defer { for argument in arguments { free(argument) } }
    arguments.append(nil)
    var process = pid_t()
    let code = posix_spawnp(&process, words[0], nil, nil, arguments, environ)
    guard code == 0 else { throw ProgramFailed(status: code) }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    guard status == 0 else { throw ProgramFailed(status: status) }
}
