import CLinux
import COpenSSL
import Domain
import HTTPServer
import Ports
import TLS
import Testing

@Suite("Exchanges over TLS")
struct TLSExchangeTests {
    /// A client that trusts anybody and reads until the end.
    private final class Client {
        private let socket: RawClient
        private let context: OpaquePointer
        private let tls: OpaquePointer

        init(_ server: LiveServer) throws {
            socket = try server.connect()
            guard let context = SSL_CTX_new(TLS_client_method()), let tls = SSL_new(context) else {
                throw LiveError.cannotConnect
            }
            self.context = context
            self.tls = tls
            SSL_set_fd(tls, socket.descriptor)
            guard SSL_connect(tls) == 1 else { throw LiveError.cannotConnect }
        }

        deinit {
            SSL_free(tls)
            SSL_CTX_free(context)
        }

        func send(_ bytes: [UInt8]) throws {
            guard bytes.isEmpty || SSL_write(tls, bytes, Int32(bytes.count)) == bytes.count else {
                throw LiveError.connectionReset
            }
        }

        /// All that comes, and whether it ended as TLS ends (close_notify).
        func receiveToEnd() -> (bytes: [UInt8], endedWell: Bool) {
            var all: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = SSL_read(tls, &piece, Int32(piece.count))
                guard count > 0 else { return (all, SSL_get_error(tls, count) == SSL_ERROR_ZERO_RETURN) }
                all += piece[..<Int(count)]
            }
        }
    }

    private func makeContext() throws -> TLSContext {
        let now = WallTime(nanoseconds: 1_800_000_000_000_000_000)
        let made = try SelfSignedCertificate(names: [], now: now)
        return try TLSContext(PEMKeyPair(certificate: made.certificatePEM, key: made.keyPEM), now: now)
    }

    @Test("Pipelined requests and a large body go through, and the end is a proper one")
    func exchange() async throws {
        let context = try makeContext()
        try await LiveServer.answering(tls: context, by: readingHandler).run { server in
            let client = try Client(server)
            let body = [UInt8](repeating: 120, count: 1_000_000)
            try client.send(Array("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".utf8) + body)
            try client.send(Array("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8))
            let (bytes, endedWell) = client.receiveToEnd()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\n\r\n1000000HTTP/1.1 200 OK\r\n"))
            #expect(text.hasSuffix("\r\n\r\n0"))
            #expect(endedWell)
        }
    }

    @Test(
        "A streamed body arrives whole; one whose source fails ends without close_notify",
        arguments: [true, false])
    func streams(fails: Bool) async throws {
        let context = try makeContext()
        let expected = (0..<1_000_000).map(CountingStream.byte)
        try await LiveServer.answering(tls: context) { _ in
            var response = HTTPResponse(status: 200)
            response.closesConnection = true
            let stream = CountingStream(total: 1_000_000, failure: fails ? .corrupt : nil)
            response.body = .stream(stream, length: fails ? 2_000_000 : 1_000_000)
            return response
        }.run { server in
            let client = try Client(server)
            try client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
            let (bytes, endedWell) = client.receiveToEnd()
            #expect(endedWell == !fails)
            if !fails { #expect(Array(bytes.suffix(1_000_000)) == expected) }
        }
    }

    @Test("A client that speaks no TLS is let go, and one that says nothing has the time of a handshake")
    func badHandshakes() async throws {
        var settings = HTTPServerSettings()
        settings.handshakeTimeout = .milliseconds(50)
        let context = try makeContext()
        try await LiveServer.answering(settings, tls: context, by: readingHandler).run { server in
            let plain = try server.connect()
            try plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let silent = try server.connect()
            try await server.wait { server.service.openConnections == 0 }
            let alert = (try? plain.receive()) ?? []
            #expect(alert.isEmpty || alert[0] == 0x15)
            #expect(try silent.isAtEnd())
        }
    }
}
