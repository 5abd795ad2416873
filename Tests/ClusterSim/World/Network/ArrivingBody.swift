import Domain
package import Ports
package import SimCore

/// A body that arrives piece by piece.
package final class ArrivingBody: ByteStream, @unchecked Sendable {
    private var bytes: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    private var error: ByteStreamError?
    private var arrival: Promise<Bool>?
    private let scheduler: Scheduler
    private let patience: Duration
    /// How many bytes were announced; ending before is breaking off.
    var expected: UInt64?
    /// The reader turns away.
    var whenClosed: (() -> Void)?

    /// `patience` is how long a reader waits for the next piece.
    package init(_ scheduler: Scheduler, patience: Duration) {
        self.scheduler = scheduler
        self.patience = patience
    }

    package func arrive(_ piece: some Sequence<UInt8>, isLast: Bool) {
        guard error == nil, !hasEnded else { return }
        bytes += piece
        if isLast, let expected, UInt64(bytes.count) != expected { return fail(.truncated) }
        hasEnded = isLast
        arrival?.keep(true)
    }

    package func fail(_ error: ByteStreamError) {
        guard !hasEnded else { return }
        self.error = self.error ?? error
        arrival?.keep(true)
    }

    package func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        while position == bytes.count {
            if let error { throw error }
            if hasEnded { return 0 }
            if Task.isCancelled || scheduler.isEnding { throw .cancelled }
            let arrival = Promise<Bool>()
            self.arrival = arrival
            scheduler.after(patience) { arrival.keep(false) }
            if await !arrival.wait(orWhenCancelled: true), position == bytes.count, !hasEnded, error == nil {
                error = .timedOut
            }
        }
        let count = bytes.withUnsafeBytes { all in
            buffer.append(UnsafeRawBufferPointer(rebasing: all[position...]))
        }
        position += count
        return count
    }
}

extension ArrivingBody {
    package func close() {
        whenClosed?()
        whenClosed = nil
        fail(.cancelled)
    }
}
