internal import Domain
internal import Ports
internal import Synchronization

/// A few connections for reading, each used by one thread at a time.
///
/// A call takes the first that is free, so the fewest caches fill. When none is, it waits: reads are short,
/// and there are as many connections as threads that read usually.
final class ReaderPool: Sendable {
    /// A reader and its lock. A `Mutex` of the reader would ask of every call that it can be sent elsewhere.
    private final class Slot: @unchecked Sendable {
        let lock = Mutex(())
        /// Touched by whoever has the lock.
        var reader: TreeReader?

        init(_ reader: TreeReader) { self.reader = reader }
    }

    private let slots: [Slot]
    private let failures: FailureLog

    init(
        path: String, clock: StoreClock, directories: KnownDirectories, failures: FailureLog
    ) throws(SQLiteFailure) {
        self.failures = failures
        var slots: [Slot] = []
        for _ in 0..<SQLiteLimits.readers {
            let connection = try Connection(path: path, role: .reader)
            slots.append(
                Slot(try TreeReader(connection: connection, clock: clock, directories: directories)))
        }
        self.slots = slots
    }

    func read<Value: Sendable>(
        _ body: (TreeReader) throws(SQLiteFailure) -> Value
    ) throws(MetadataError) -> Value {
        for slot in slots {
            let answer = try slot.lock.withLockIfAvailable { _ throws(MetadataError) in
                try ask(slot.reader, body)
            }
            if let answer { return answer }
        }
        let first = slots[0]
        return try first.lock.withLock { _ throws(MetadataError) in try ask(first.reader, body) }
    }

    /// Closes the connections; what is asked later is unavailable.
    func close() {
        for slot in slots { slot.lock.withLock { _ in slot.reader = nil } }
    }

    private func ask<Value>(
        _ reader: TreeReader?, _ body: (TreeReader) throws(SQLiteFailure) -> Value
    ) throws(MetadataError) -> Value {
        guard let reader else { throw .unavailable }
        do throws(SQLiteFailure) {
            return try body(reader)
        } catch {
            failures.report(error, during: "reading")
            throw error.readError
        }
    }
}
