private import CLinux
import Domain
import EventLoop
private import Glibc
import Ports
import TLS

/// Bytes in and out of one socket, with or without TLS, on its loop.
///
/// Reading never waits: the caller waits with `readable`. Sending waits for the peer. Confined to the loop.
final class Transport {
    enum Received: Equatable {
        case bytes(Int)
        /// Nothing is there now.
        case nothing
        /// The peer will send no more.
        case ended
        case failed
    }

    let readiness: SocketReadiness
    private let descriptor: Int32
    private let tls: TLSStream?
    private let pool: BufferPool
    /// The edge before the last receive, while that receive has emptied the socket: until the next edge there
    /// is nothing.
    private var drainedEdge: UInt32?
    private(set) var sentBytes: Int64 = 0
    private(set) var hasFailed = false
    /// How fast the peer takes what we send; looked at by the sweep.
    var sending: TransferMeter

    init(readiness: SocketReadiness, tls: TLSStream?, pool: BufferPool, sending: TransferMeter) {
        self.readiness = readiness
        descriptor = readiness.descriptor
        self.tls = tls
        self.pool = pool
        self.sending = sending
    }

    /// The protocol that both sides agreed on in the handshake (ALPN, RFC 7301); nil without.
    var agreedProtocol: String? { tls?.negotiatedProtocol }

    /// Completes the TLS handshake; false when there will be no connection. The alert that says why has been
    /// sent.
    func shakeHands() async -> Bool {
        guard let tls else { return true }
        while true {
            let edge = readiness.readEdge
            let output = pool.takeOutput()
            let progress = tls.handshake(output: output)
            let isSent = await flush(output)
            pool.giveBack(output: output)
            guard isSent else { return false }
            switch progress {
            case .done: return true
            case .needsInput: await readiness.readable(since: edge)
            case .needsOutput: break
            case .ended, .failed: return false
            }
            if readiness.isInterrupted { return false }
        }
    }

    // MARK: Receiving

    /// Reads what is there.
    func receive(into bytes: UnsafeMutableRawBufferPointer) -> Received {
        if drainedEdge == readiness.readEdge, !readiness.mayBeAtEnd { return .nothing }
        let edge = readiness.readEdge
        let (received, isDrained) = tls.map { receive(by: $0, into: bytes) } ?? receivePlain(into: bytes)
        drainedEdge = isDrained ? edge : nil
        if received == .failed { hasFailed = true }
        return received
    }

    private func receive(by tls: TLSStream, into bytes: UnsafeMutableRawBufferPointer) -> (Received, Bool) {
        switch tls.read(into: bytes) {
        case .done(let count): return (.bytes(count), tls.isDrained)
        case .needsInput: return (.nothing, true)
        case .ended: return (.ended, false)
        // Only a renegotiation would need output here, and there is none.
        case .needsOutput, .failed: return (.failed, false)
        }
    }

    private func receivePlain(into bytes: UnsafeMutableRawBufferPointer) -> (Received, Bool) {
        let count = callfs_receive(descriptor, bytes.baseAddress, bytes.count)
        if count > 0 { return (.bytes(count), count < bytes.count) }
        if count == 0 { return (.ended, false) }
        return count == -Int(EAGAIN) ? (.nothing, true) : (.failed, false)
    }

    /// Lets the next receive ask the socket, whatever is known of it.
    func lookAgain() { drainedEdge = nil }

    /// What to wait beyond after `nothing`.
    var receiveEdge: UInt32 { drainedEdge ?? readiness.readEdge }

    /// Reads over what the peer still sends, undecrypted; the count, or nil at the end.
    func discard(into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        let count = callfs_receive(descriptor, bytes.baseAddress, bytes.count)
        if count > 0 { return count }
        return count == -Int(EAGAIN) ? 0 : nil
    }

    // MARK: Sending

    /// Sends all that is readable in `buffer` and empties it; false when the peer is gone or waiting was
    /// ended.
    func send(_ buffer: ByteBuffer) async -> Bool {
        guard let tls else { return await flush(buffer) }
        let output = pool.takeOutput()
        defer { pool.giveBack(output: output) }
        while buffer.readableCount > 0 {
            guard let taken = tls.encrypt(buffer.readable, into: output) else { return fail() }
            buffer.didRead(taken)
            guard await flush(output) else { return false }
        }
        return true
    }

    /// Says in TLS that nothing more will come.
    func finishTLS() async {
        guard let tls, !hasFailed else { return }
        let output = pool.takeOutput()
        tls.finish(output: output)
        _ = await flush(output)
        pool.giveBack(output: output)
    }

    private func flush(_ output: ByteBuffer) async -> Bool {
        while output.readableCount > 0 {
            let edge = readiness.writeEdge
            let count = callfs_send(descriptor, output.readable.baseAddress, output.readableCount)
            if count > 0 {
                sentBytes += Int64(count)
                output.didRead(count)
            } else if count == -Int(EAGAIN) {
                sending.beginWaiting(at: readiness.loop.now)
                await readiness.writable(since: edge)
                sending.endWaiting(at: readiness.loop.now)
                if readiness.isInterrupted { return fail() }
            } else {
                return fail()
            }
        }
        return true
    }

    private func fail() -> Bool {
        hasFailed = true
        return false
    }

    /// How many of the bytes that were sent have reached the peer.
    var acknowledgedBytes: Int64 { sentBytes - max(0, Int64(callfs_unacknowledged(descriptor))) }

    // MARK: The end

    /// Says to the kernel that nothing more will be sent.
    func finishSending() { callfs_finish_sending(descriptor) }

    /// Closes the socket; with `reset` so that the peer sees a failure and not an end.
    func close(reset: Bool) {
        readiness.stopWatching()
        if reset { callfs_reset_on_close(descriptor) }
        Glibc.close(descriptor)
    }
}
