/// An edge-triggered watch of a non-blocking socket, for tasks that wait until they can read or write.
///
/// An edge that comes between a call that would have blocked and the wait must not be lost. So edges are
/// counted: the caller takes the count before its call and waits only while it is still the same.
///
///     let edge = socket.readEdge
///     guard receive() == EAGAIN else { ... }
///     await socket.readable(since: edge)
///
/// Confined to its loop; one task waits to read and one to write.
package final class SocketReadiness: EventSource {
    /// How many times the socket became readable, wrapping around.
    package private(set) var readEdge: UInt32 = 0
    /// How many times the socket became writable, wrapping around.
    package private(set) var writeEdge: UInt32 = 0
    /// Whether the peer has finished or the socket failed. Then a short read does not mean that nothing is
    /// left, because the end brings no further edge.
    package private(set) var mayBeAtEnd = false
    /// Whether waiting has been forbidden, by `interrupt`.
    package private(set) var isInterrupted = false
    private var reader: UnsafeContinuation<Void, Never>?
    private var writer: UnsafeContinuation<Void, Never>?

    /// Watches `descriptor`, a socket in non-blocking mode, until `stopWatching`.
    package override init(loop: EpollLoop, descriptor: Int32) {
        super.init(loop: loop, descriptor: descriptor)
    }

    /// Starts to count edges.
    package func start() throws(EventLoopError) {
        try startWatching([.readable, .writable, .peerFinished, .edgeTriggered])
    }

    override func becameReady(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.peerFinished, .failed]) { mayBeAtEnd = true }
        if !readiness.isDisjoint(with: [.readable, .peerFinished, .failed]) {
            readEdge &+= 1
            wakeReader()
        }
        if !readiness.isDisjoint(with: [.writable, .failed]) {
            writeEdge &+= 1
            wakeWriter()
        }
    }

    /// Returns when the socket became readable after `edge`, or was interrupted, before or meanwhile.
    package func readable(since edge: UInt32) async {
        guard readEdge == edge, !isInterrupted else { return }
        precondition(reader == nil, "two tasks wait to read from one socket")
        await withUnsafeContinuation { reader = $0 }
    }

    /// As `readable(since:)`, and returns also when the task is cancelled.
    package func readableOrCancelled(since edge: UInt32) async {
        nonisolated(unsafe) let socket = self
        let loop = loop
        await withTaskCancellationHandler {
            guard !Task.isCancelled else { return }
            await readable(since: edge)
        } onCancel: {
            loop.execute { socket.wakeReader() }
        }
    }

    /// Returns when the socket became writable after `edge`, or was interrupted, before or meanwhile.
    package func writable(since edge: UInt32) async {
        guard writeEdge == edge, !isInterrupted else { return }
        precondition(writer == nil, "two tasks wait to write to one socket")
        await withUnsafeContinuation { writer = $0 }
    }

    /// Ends all waiting, now and later, until `allowWaiting`. The waiters look at their own state to learn
    /// why.
    package func interrupt() {
        isInterrupted = true
        wakeReader()
        wakeWriter()
    }

    package func allowWaiting() { isInterrupted = false }

    private func wakeReader() {
        guard let waiting = reader else { return }
        reader = nil
        waiting.resume()
    }

    private func wakeWriter() {
        guard let waiting = writer else { return }
        writer = nil
        waiting.resume()
    }
}
