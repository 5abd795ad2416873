import Domain
import Observability
import Ports
import Synchronization
import Testing

@Suite("The event log")
struct StreamEventLogTests {
    /// Keeps what it gets; can be held up and can fail.
    private final class Sink: LogSink {
        private struct State {
            var pieces: [[UInt8]] = []
            var onFailure: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())
        /// The writer waits here while somebody else holds it.
        let gate = Mutex(())

        /// The next write fails, after this was done.
        func failOnce(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.onFailure = action } }
        var pieces: [[UInt8]] { state.withLock { $0.pieces } }
        var text: String { String(decoding: pieces.joined(), as: UTF8.self) }
        var lines: [Substring] { text.split(separator: "\n") }

        func write(_ lines: UnsafeRawBufferPointer) -> Bool {
            gate.withLock { _ in }
            let failure = state.withLock { state -> (@Sendable () -> Void)? in
                if state.onFailure == nil { state.pieces.append(Array(lines)) }
                defer { state.onFailure = nil }
                return state.onFailure
            }
            failure?()
            return failure == nil
        }
    }

    private func makeLog(
        _ sink: Sink, level: LogLevel = .info, pendingBytesMax: Int = StreamEventLog.Bounds.pendingBytesMax
    ) throws -> StreamEventLog {
        let log = StreamEventLog(
            format: .console(isColored: false), level: level, sink: sink, pendingBytesMax: pendingBytesMax,
            wallNow: { .epoch })
        return try #require(log)
    }

    @Test("Closing writes everything that was logged, in order, in writes of whole lines")
    func order() throws {
        let sink = Sink()
        let log = try makeLog(sink)
        for number in 0..<5_000 { log.log(.info, "event", [LogField("number", number)]) }
        log.close()
        #expect(sink.lines.map { $0.split(separator: "=").last } == (0..<5_000).map { "\($0)"[...] })
        for piece in sink.pieces {
            #expect(piece.last == UInt8(ascii: "\n"))
            #expect(piece.count <= StreamEventLog.Bounds.writeBytesMax)
        }
    }

    @Test("The format changes between two events")
    func formatChanges() throws {
        let sink = Sink()
        let log = try makeLog(sink)
        log.log(.info, "one", [])
        log.format = .json
        log.log(.info, "two", [])
        log.close()
        #expect(sink.lines.count == 2)
        #expect(sink.lines.first?.hasSuffix(" one") == true)
        #expect(sink.lines.last?.hasPrefix("{") == true)
    }

    @Test("A line longer than one write goes out whole")
    func longLine() throws {
        let sink = Sink()
        let log = try makeLog(sink)
        log.log(.info, "short", [])
        log.log(.info, String(repeating: "x", count: 3 * StreamEventLog.Bounds.writeBytesMax), [])
        log.log(.info, "short", [])
        log.close()
        #expect(sink.lines.count == 3)
        #expect(sink.pieces.allSatisfy { $0.last == UInt8(ascii: "\n") })
    }

    @Test("The level holds at once when it changes, and what is below it costs no line")
    func level() throws {
        let sink = Sink()
        let log = try makeLog(sink, level: .warn)
        #expect(!log.isEnabled(.info))
        log.log(.info, "one", [])
        log.log(.error, "two", [])
        log.level = .debug
        #expect(log.isEnabled(.debug))
        log.log(.debug, "three", [])
        log.close()
        #expect(sink.lines.count == 2)
        #expect(!sink.text.contains("one"))
    }

    @Test("When the writer is held up, callers go on; what does not fit is dropped and the count is logged")
    func drops() throws {
        let sink = Sink()
        let log = try makeLog(sink, pendingBytesMax: 1_000)
        sink.gate.withLock { _ in
            for number in 0..<1_000 { log.log(.info, "event", [LogField("number", number)]) }
        }
        log.close()
        let written = sink.lines.count { $0.contains("event number") }
        let dropped = sink.lines.compactMap { line in
            line.contains("were dropped") ? line.split(separator: "=").last.flatMap { Int($0) } : nil
        }
        #expect(written < 1_000)
        #expect(dropped.reduce(0, +) + written == 1_000)
    }

    @Test("Lines that the stream refused count as dropped")
    func failures() async throws {
        let sink = Sink()
        let log = try makeLog(sink)
        await withCheckedContinuation { continuation in
            sink.failOnce {
                log.log(.info, "kept", [])
                continuation.resume()
            }
            log.log(.info, "lost", [])
        }
        log.close()
        #expect(sink.text.contains("kept"))
        #expect(sink.text.contains("were dropped count=1"))
        #expect(!sink.text.contains("lost"))
    }

    @Test("A masked secret appears in no line, wherever it stands and however it is written")
    func masking() throws {
        let sink = Sink()
        let log = try makeLog(sink)
        let secrets = ["0f3b9c7d5e8a1f2b4c6d", "with\"quote-and-more", "0f3b9c7d", "short"]
        log.mask(secrets)
        log.log(.info, "key \(secrets[0]) in a message", [LogField("f", secrets[0] + secrets[1])])
        log.log(.info, "x\(secrets[2])y", [LogField(secrets[0], "short is no secret")])
        log.close()
        for secret in secrets.prefix(3) { #expect(!sink.text.contains(secret)) }
        #expect(!sink.text.contains("quote-and-more"))
        #expect(sink.text.contains("key ******************** in a message"))
        #expect(sink.text.contains("x********y"))
        #expect(sink.text.contains("short is no secret"))
    }

    @Test("Logging and closing after the end are harmless")
    func afterClose() throws {
        let sink = Sink()
        let log = try makeLog(sink)
        log.close()
        log.log(.error, "late", [])
        log.close()
        #expect(sink.text.isEmpty)
    }

    @Test("Callers on many threads lose nothing and mix no lines")
    func concurrency() async throws {
        let sink = Sink()
        let log = try makeLog(sink)
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        log.log(.info, "event", [LogField("caller", caller), LogField("number", number)])
                    }
                }
            }
        }
        log.close()
        #expect(sink.lines.count == 4_000)
        #expect(Set(sink.lines).count == 4_000)
    }
}
