private import CLinux
package import Domain
private import Glibc
package import Ports
private import Synchronization

/// Events as lines of text to a stream. A call formats its line and leaves it in a bounded queue; a thread of
/// its own writes, so that a slow terminal or a full pipe holds nobody up. What does not fit is counted, and
/// the count is logged when there is room again.
package final class StreamEventLog: EventLog {
    package enum Bounds {
        /// Some ten thousand lines: more than a second of the busiest server.
        package static let pendingBytesMax = 4 << 20
        /// PIPE_BUF of Linux: a pipe takes this much in one piece (pipe(7)), so that lines of several writers
        /// never mix.
        package static let writeBytesMax = 4096
        /// How long lines gather before they are written: so many wake-ups of the writer are saved.
        static let gatherMilliseconds: Int32 = 5
    }

    private let chosenFormat: ChosenFormat
    private let wallNow: @Sendable () -> WallTime
    private let threshold: Atomic<Int>
    private let queue: LogQueue
    private let thread: UInt64
    private let isClosed = Atomic(false)

    /// Nil when the system gives no thread. `onLost` is called on the writing thread with how many lines the
    /// sink did not take; not for those that found no room in the queue.
    package init?(
        format: LogFormat, level: LogLevel, sink: any LogSink, pendingBytesMax: Int = Bounds.pendingBytesMax,
        wallNow: @escaping @Sendable () -> WallTime, onLost: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        let queue = LogQueue(bytesMax: pendingBytesMax)
        let chosenFormat = ChosenFormat(format)
        let writer = LogWriter(
            queue: queue, sink: sink, format: chosenFormat, wallNow: wallNow, onLost: onLost)
        guard let thread = writer.start() else { return nil }
        self.chosenFormat = chosenFormat
        self.wallNow = wallNow
        self.queue = queue
        self.thread = thread
        threshold = Atomic(level.rawValue)
    }

    deinit { close() }

    /// The least level that is written; may change at any time.
    package var level: LogLevel {
        get { LogLevel(rawValue: threshold.load(ordering: .relaxed)) ?? .info }
        set { threshold.store(newValue.rawValue, ordering: .relaxed) }
    }

    /// How events are written; may change at any time, between two events.
    package var format: LogFormat {
        get { chosenFormat.current }
        set { chosenFormat.current = newValue }
    }

    package func isEnabled(_ level: LogLevel) -> Bool { level.rawValue >= threshold.load(ordering: .relaxed) }

    package func log(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        guard isEnabled(level) else { return }
        write(level, message, fields)
    }

    /// Lines that were dropped or that the sink did not take, since the start.
    package var lost: Counters { queue.lost }

    /// Writes an event whatever the least level is.
    func write(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        var line: [UInt8] = []
        line.reserveCapacity(256 + 32 * fields.count)
        format.append(level, message, fields, at: wallNow(), to: &line)
        queue.append(line)
    }

    /// From now on no line holds any of these, whatever is logged. Texts under eight bytes are passed over.
    package func mask(_ secrets: [String]) { queue.add(secrets: secrets) }

    /// Writes what was logged before and ends the thread. What is logged after it is dropped. Blocks as long
    /// as the sink does.
    package func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        queue.finish()
        callfs_thread_join(thread)
    }
}

/// The format in force, shared by those who log and the thread that writes.
private final class ChosenFormat: Sendable {
    private let format: Mutex<LogFormat>

    init(_ format: LogFormat) { self.format = Mutex(format) }

    var current: LogFormat {
        get { format.withLock { $0 } }
        set { format.withLock { $0 = newValue } }
    }
}

/// The thread that writes.
private final class LogWriter: Sendable {
    private let queue: LogQueue
    private let sink: any LogSink
    private let format: ChosenFormat
    private let wallNow: @Sendable () -> WallTime
    private let onLost: @Sendable (Int) -> Void

    init(
        queue: LogQueue, sink: any LogSink, format: ChosenFormat, wallNow: @escaping @Sendable () -> WallTime,
        onLost: @escaping @Sendable (Int) -> Void
    ) {
        self.onLost = onLost
        self.queue = queue
        self.sink = sink
        self.format = format
        self.wallNow = wallNow
    }

    func start() -> UInt64? {
        var thread: UInt64 = 0
        let retained = Unmanaged.passRetained(self)
        let outcome = callfs_thread_start(
            &thread, "log",
            { argument in
                guard let argument else { return }
                Unmanaged<LogWriter>.fromOpaque(argument).takeRetainedValue().run()
            }, retained.toOpaque())
        guard outcome == 0 else {
            retained.release()
            return nil
        }
        return thread
    }

    private func run() {
        while true {
            var batch = queue.next()
            write(&batch)
            if batch.isLast { return }
            poll(nil, 0, StreamEventLog.Bounds.gatherMilliseconds)
        }
    }

    private func write(_ batch: inout LogQueue.Batch) {
        batch.mask.apply(to: &batch.lines)
        let lostCount = deliver(batch.lines)
        if lostCount > 0 {
            queue.addDropped(lostCount)
            onLost(lostCount)
        }
        guard batch.droppedCount > 0 else { return }
        var note: [UInt8] = []
        format.current.append(
            .warn, "log events were dropped", [LogField("count", batch.droppedCount)], at: wallNow(),
            to: &note)
        // The note is no event of its own: when it is not taken, it is made again later.
        if deliver(note) > 0 { queue.carry(batch.droppedCount) }
    }

    /// Hands lines to the sink; returns how many it did not take.
    private func deliver(_ lines: [UInt8]) -> Int {
        lines.withUnsafeBytes { buffer in
            var lostCount = 0
            var rest = buffer[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Self.pieceLength(rest))
                if !sink.write(UnsafeRawBufferPointer(rebasing: piece)) {
                    lostCount += piece.count { $0 == UInt8(ascii: "\n") }
                }
                rest = rest.dropFirst(piece.count)
            }
            return lostCount
        }
    }

    /// As many whole lines as one write takes, or one line that is longer.
    private static func pieceLength(_ lines: Slice<UnsafeRawBufferPointer>) -> Int {
        let lineFeed = UInt8(ascii: "\n")
        let window = lines.prefix(StreamEventLog.Bounds.writeBytesMax)
        if let last = window.lastIndex(of: lineFeed) { return last - lines.startIndex + 1 }
        let end = lines.firstIndex(of: lineFeed) ?? lines.endIndex - 1
        return end - lines.startIndex + 1
    }
}
