private import COpenSSL
package import Ports

/// The server's end of one TLS connection over a non-blocking socket.
///
/// It never waits and never sends: what has to go out is appended to a buffer of the caller's, so that many
/// records leave by one system call, and the caller waits for the socket. Confined to one loop.
package final class TLSStream {
    /// The most that a record adds to what it carries, with room to spare (RFC 8446 section 5.2 allows 256
    /// bytes).
    package static let recordOverheadMaxBytes = 512
    package static let recordPayloadMaxBytes = 16_384
    /// A buffer for output has at least this capacity: a handshake with a long chain fits into one or two.
    package static let outputMinBytes = recordPayloadMaxBytes + recordOverheadMaxBytes

    package enum Progress: Equatable {
        /// Done: so many bytes were read; 0 for a handshake.
        case done(Int)
        /// The socket is empty; wait until it is readable.
        case needsInput
        /// The output is full, or missing: send it and call again.
        case needsOutput
        /// The peer said, in TLS, that nothing more will come.
        case ended
        case failed(TLSFailure)
    }

    private nonisolated(unsafe) static let method: OpaquePointer? = callfs_tls_io_method()

    private let configuration: TLSConfiguration
    private let tls: OpaquePointer
    private let io: UnsafeMutablePointer<callfs_tls_io>

    /// Begins a connection on `socket`, which stays the caller's. Nil when memory is out.
    package init?(_ context: TLSContext, socket: Int32) {
        configuration = context.configuration
        clearErrors()
        guard let method = Self.method, let tls = SSL_new(configuration.context) else { return nil }
        io = .allocate(capacity: 1)
        io.initialize(to: callfs_tls_io())
        io.pointee.socket = socket
        guard callfs_tls_io_attach(tls, method, io) == 1 else {
            SSL_free(tls)
            io.deallocate()
            return nil
        }
        SSL_set_accept_state(tls)
        self.tls = tls
    }

    deinit {
        SSL_free(tls)
        io.deallocate()
    }

    /// Whether the last receive emptied the socket, so that only another edge can bring more.
    package var isDrained: Bool { io.pointee.is_drained != 0 && SSL_has_pending(tls) == 0 }

    /// The protocol that ALPN chose; nil without ALPN.
    package var negotiatedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(tls, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Goes on with the handshake. Whatever the outcome, `output` is sent before the caller waits.
    package func handshake(output: ByteBuffer) -> Progress {
        attach(output)
        defer { detach(output) }
        clearErrors()
        let outcome = SSL_do_handshake(tls)
        return outcome == 1 ? .done(0) : progress(after: outcome)
    }

    /// Decrypts into `bytes` what has come: at least one byte when it is done. `output` is needed only when
    /// TLS itself has to say something; without it that is `needsOutput`.
    package func read(into bytes: UnsafeMutableRawBufferPointer, output: ByteBuffer? = nil) -> Progress {
        if let output { attach(output) }
        defer { if let output { detach(output) } }
        clearErrors()
        // What an earlier receive found says nothing when this read is served from what it left behind: more
        // may have come since.
        io.pointee.is_drained = 0
        var count = 0
        let outcome = SSL_read_ex(tls, bytes.baseAddress, bytes.count, &count)
        return outcome == 1 ? .done(count) : progress(after: outcome)
    }

    /// Encrypts as much of `bytes` as there is room for in `output`, in whole records, and returns how much
    /// that was; nil when the connection has failed.
    package func encrypt(_ bytes: UnsafeRawBufferPointer, into output: ByteBuffer) -> Int? {
        attach(output)
        defer { detach(output) }
        var taken = 0
        while taken < bytes.count {
            let count = min(bytes.count - taken, Self.recordPayloadMaxBytes)
            let room = io.pointee.output_capacity - io.pointee.output_length
            guard room >= count + Self.recordOverheadMaxBytes else { break }
            clearErrors()
            var written = 0
            guard SSL_write_ex(tls, bytes.baseAddress.map { $0 + taken }, count, &written) == 1 else {
                return nil
            }
            taken += written
        }
        return taken
    }

    /// Appends the message that says that nothing more will come (close_notify), without which the peer
    /// cannot tell the end from a cut.
    package func finish(output: ByteBuffer) {
        attach(output)
        defer { detach(output) }
        clearErrors()
        _ = SSL_shutdown(tls)
        clearErrors()
    }

    private func attach(_ output: ByteBuffer) {
        let room = output.writable
        io.pointee.output = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        io.pointee.output_length = 0
        io.pointee.output_capacity = room.count
    }

    private func detach(_ output: ByteBuffer) {
        output.didWrite(io.pointee.output_length)
        io.pointee.output = nil
        io.pointee.output_length = 0
        io.pointee.output_capacity = 0
    }

    private func progress(after outcome: Int32) -> Progress {
        switch SSL_get_error(tls, outcome) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_WANT_WRITE: return .needsOutput
        case SSL_ERROR_ZERO_RETURN: return .ended
        default: return .failed(failure())
        }
    }

    private func failure() -> TLSFailure {
        if io.pointee.receive_error != 0 { return .socketFailed(errorNumber: io.pointee.receive_error) }
        if io.pointee.is_ended != 0 { return .truncated }
        return .protocolViolation(ErrorText.openSSL())
    }
}

/// Why a TLS connection ended badly.
package enum TLSFailure: Error, Equatable, Sendable {
    /// The peer closed the connection without saying so in TLS: what came may be a part.
    case truncated
    /// The kernel's receive failed, most often by a reset.
    case socketFailed(errorNumber: Int32)
    /// What came is not TLS, not a version or cipher that is served, or was tampered with. The text is for
    /// logs.
    case protocolViolation(String)
}

/// Leaves no error of an earlier call in this thread's queue, which SSL_get_error(3) would take for one of
/// the next. The queue is almost always empty, and emptying it costs more than a look.
private func clearErrors() {
    if ERR_peek_error() != 0 { ERR_clear_error() }
}
