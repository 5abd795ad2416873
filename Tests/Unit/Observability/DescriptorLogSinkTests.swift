import Domain
import Glibc
import Observability
import Ports
import Testing

@Suite("Logging to a descriptor")
struct DescriptorLogSinkTests {
    private func makePipe(_ flags: Int32 = 0) throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        if flags != 0 { try #require(fcntl(ends[1], F_SETFL, flags) == 0) }
        return (ends[0], ends[1])
    }

    private func makeLog(_ descriptor: Int32) throws -> StreamEventLog {
        let sink = DescriptorLogSink(descriptor: descriptor)
        let log = StreamEventLog(format: .json, level: .info, sink: sink, wallNow: { .epoch })
        return try #require(log)
    }

    /// Reads until so many lines have come; fewer when none comes for ten seconds.
    private func readLines(_ expected: Int, _ descriptor: Int32) -> Int {
        var total = 0
        var chunk = [UInt8](repeating: 0, count: 4096)
        while total < expected {
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 10_000) == 1 else { return total }
            let count = read(descriptor, &chunk, chunk.count)
            if count <= 0 { return total }
            total += chunk[..<count].count { $0 == UInt8(ascii: "\n") }
        }
        return total
    }

    @Test(
        "A reader that is slower than the log gets every line, also through a non-blocking pipe",
        arguments: [0, O_NONBLOCK])
    func slowReader(flags: Int32) throws {
        let ends = try makePipe(flags)
        let log = try makeLog(ends.write)
        // More than a pipe holds, so that the writer must wait for the reader.
        for number in 0..<2_000 { log.log(.info, "an event of some length", [LogField("number", number)]) }
        #expect(readLines(2_000, ends.read) == 2_000)
        log.close()
        close(ends.write)
        close(ends.read)
    }

    @Test("A reader that went away costs events, and not the process")
    func noReader() throws {
        let ends = try makePipe()
        close(ends.read)
        let log = try makeLog(ends.write)
        for number in 0..<100 { log.log(.info, "event", [LogField("number", number)]) }
        log.close()
        close(ends.write)
        #expect(!DescriptorLogSink(descriptor: ends.write).isTerminal)
    }
}
