import Domain
import Glibc
import Observability
import Ports
import Synchronization
import TestSupport
import Testing

@Suite("The audit log")
struct AuditLogTests {
    private let directory = TemporaryDirectory()
    private var path: String { directory.path + "/audit.log" }

    private func entry(_ path: String) -> AuditEntry {
        AuditEntry(
            action: .remove, principal: "ada", path: path, destination: nil, outcome: "ok", status: 204,
            requestID: "r", traceID: "t", remoteAddress: "127.0.0.1")
    }

    private func lines(_ path: String) -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("A line says who did what to which path and what came of it, whatever the level of the log")
    func line() throws {
        let sink = try #require(FileLogSink(path: path))
        let made = StreamEventLog(format: .json, level: .error, sink: sink, wallNow: { .epoch })
        let stream = try #require(made)
        StreamAuditLog(stream).record(entry("/a\n\"b"))
        stream.close()
        let line = try #require(lines(path).first)
        #expect(line.contains("\"log\":\"audit\",\"action\":\"remove\",\"outcome\":\"ok\",\"status\":204"))
        #expect(line.contains("\"principal\":\"ada\",\"path\":\"/a\\n\\\"b\""))
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test("After a rotation lines go to a new file, and none is lost")
    func rotation() throws {
        let sink = try #require(FileLogSink(path: path))
        func write(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { sink.write($0) } }
        #expect(write("one\n"))
        #expect(rename(path, path + ".1") == 0)
        #expect(write("two\n"))
        #expect(unlink(path) == 0)
        #expect(write("three\n"))
        #expect(lines(path + ".1") == ["one"])
        #expect(lines(path) == ["three"])
    }

    @Test("A symbolic link in the place of the file is not followed")
    func link() {
        #expect(symlink(directory.path + "/elsewhere", path) == 0)
        #expect(FileLogSink(path: path) == nil)
    }

    @Test("A line that the disk does not take is counted and reported")
    func lost() throws {
        struct Full: LogSink {
            func write(_ lines: UnsafeRawBufferPointer) -> Bool { false }
        }
        let reported = Mutex(0)
        let made = StreamEventLog(
            format: .json, level: .info, sink: Full(), wallNow: { .epoch },
            onLost: { count in reported.withLock { $0 += count } })
        let stream = try #require(made)
        StreamAuditLog(stream).record(entry("/a"))
        // The note that something was lost is lost as well, in a batch after it, and counts for nothing.
        while reported.withLock({ $0 }) == 0 { sched_yield() }
        stream.close()
        #expect(stream.lost.value() == 1)
        #expect(reported.withLock { $0 } == 1)
    }
}
