import Domain
private import EventLoop
import Ports

/// The body of one request of HTTP/2, pulled from its stream. The client may send only as much as its window
/// allows, and the window opens again only for what the reader has taken.
///
/// Confined to the loop; one task reads.
final class HTTP2RequestBody: ByteStream {
    private var stream: HTTP2Stream?
    /// What came and nobody has taken, from `start` on; at most a window.
    private var held: [UInt8] = []
    private var start = 0
    private(set) var hasEnded = false
    private var failure: ByteStreamError?
    /// The client waits for `100 Continue`, and has not been told to go on.
    private var awaitsContinue: Bool
    /// The handler has answered: what still comes is read over.
    private var isDiscarding = false
    private var discarded: UInt64 = 0
    private var reader: UnsafeContinuation<Void, Never>?
    /// Where the reader that waits wants its bytes, and how many have come.
    private var wanted: ByteBuffer?
    private var taken = 0
    /// How fast the client sends what is waited for; looked at by the sweep.
    private var receiving: TransferMeter

    init(stream: HTTP2Stream, expectsContinue: Bool, receiving: TransferMeter) {
        self.stream = stream
        awaitsContinue = expectsContinue
        self.receiving = receiving
    }

    // MARK: Reading

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        precondition(buffer.writableCount > 0)
        while true {
            if let failure { throw failure }
            if start < held.count { return takeHeld(buffer) }
            if hasEnded { return 0 }
            guard let stream else { throw .cancelled }
            if awaitsContinue {
                awaitsContinue = false
                stream.sendContinue()
            }
            await wait(stream, buffer)
            if taken > 0 {
                defer { taken = 0 }
                stream.consume(taken)
                return taken
            }
            if failure == nil, !hasEnded, Task.isCancelled { failure = .cancelled }
        }
    }

    private func wait(_ stream: HTTP2Stream, _ buffer: ByteBuffer) async {
        let loop = stream.session.server.loop
        receiving.beginWaiting(at: loop.now)
        wanted = buffer
        nonisolated(unsafe) let body = self
        await withTaskCancellationHandler {
            guard !Task.isCancelled else { return }
            await withUnsafeContinuation { reader = $0 }
        } onCancel: {
            loop.execute { body.wakeReader() }
        }
        wanted = nil
        receiving.endWaiting(at: loop.now)
    }

    private func wakeReader() {
        guard let waiting = reader else { return }
        reader = nil
        waiting.resume()
    }

    private func takeHeld(_ buffer: ByteBuffer) -> Int {
        let count = held.withUnsafeBytes { buffer.append(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        start += count
        if start == held.count {
            held.removeAll(keepingCapacity: true)
            start = 0
        }
        stream?.consume(count)
        return count
    }

    // MARK: What the stream brings

    /// Takes the content of a frame.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        receiving.progress(Int64(bytes.count))
        guard !isDiscarding, failure == nil else { return discard(bytes.count) }
        var rest = bytes
        if let wanted, start == held.count {
            let count = wanted.append(bytes)
            taken += count
            rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
        }
        if !rest.isEmpty {
            if start > held.count / 2 {
                held.removeFirst(start)
                start = 0
            }
            held.append(contentsOf: rest)
        }
        wakeReader()
    }

    /// Says that the client has sent all.
    func end() {
        hasEnded = true
        wakeReader()
    }

    /// Says that no more will come, and why.
    func fail(_ error: ByteStreamError) {
        if failure == nil, !hasEnded { failure = error }
        wakeReader()
    }

    /// Cuts the body off from its stream, in case a handler kept it.
    func detach() {
        fail(.cancelled)
        stream?.consume(held.count - start)
        held = []
        start = 0
        stream = nil
    }

    // MARK: Time

    /// Looks at the time that the client has taken. A body that is too slow fails, and the handler answers.
    func check(at now: MonotonicInstant) {
        guard receiving.isWaiting, receiving.verdict(at: now) != .fine else { return }
        if isDiscarding { stream?.endRequest() } else { fail(.timedOut) }
    }

    // MARK: After the handler

    /// Reads over what nobody took and what comes, so that it takes nothing of the connection's window.
    func stopReading() {
        guard !isDiscarding else { return }
        isDiscarding = true
        let count = held.count - start
        held = []
        start = 0
        if count > 0 { discard(count) }
    }

    /// Says that the answer is out: what is left is waited for when it is little, and else refused.
    func answerIsOut() {
        guard !hasEnded, let stream else { return }
        let limit = stream.session.server.settings.unreadBodyMaxBytes
        if awaitsContinue || failure != nil || discarded > limit { return stream.endRequest() }
        receiving.beginWaiting(at: stream.session.server.loop.now)
    }

    private func discard(_ count: Int) {
        discarded += UInt64(count)
        guard let stream else { return }
        if discarded <= stream.session.server.settings.unreadBodyMaxBytes {
            stream.consume(count)
        } else {
            // The window of the stream stays shut; that of the connection is everybody's.
            stream.session.consumeConnection(count)
            if stream.hasSentEnd { stream.endRequest() }
        }
    }
}
