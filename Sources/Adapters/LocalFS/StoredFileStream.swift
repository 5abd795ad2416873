import Ports

/// A range of an open object, read straight into the consumer's buffer.
final class StoredFileStream: ByteStream {
    private var file: (any DiskFile)?
    private var position: UInt64
    private let end: UInt64
    private let report: (DiskError) -> Void
    private var failure: ByteStreamError?

    /// `report` is told why a read failed.
    init(_ file: any DiskFile, range: Range<UInt64>, report: @escaping (DiskError) -> Void) {
        self.report = report
        self.file = file
        position = range.lowerBound
        end = range.upperBound
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let failure { throw failure }
        guard position < end, let file else { return 0 }
        let limit = Int(min(end - position, UInt64(buffer.writableCount)))
        precondition(limit > 0)
        do throws(DiskError) {
            let count = try await file.read(into: buffer, at: position, limit: limit)
            // The object was long enough when it was opened: somebody has cut it.
            guard count > 0 else { throw .notFound }
            position += UInt64(count)
            if position == end { close() }
            return count
        } catch {
            report(error)
            let failure = Self.failure(error)
            self.failure = failure
            close()
            throw failure
        }
    }

    /// Drops the file; it is closed when nobody else, the cache included, has it.
    func close() {
        file = nil
        if position < end, failure == nil { failure = .cancelled }
    }

    private static func failure(_ error: DiskError) -> ByteStreamError {
        switch error {
        case .cancelled: .cancelled
        case .notFound, .refused: .corrupt
        case .exists, .full, .locked, .notPermitted, .failed: .unavailable
        }
    }
}
