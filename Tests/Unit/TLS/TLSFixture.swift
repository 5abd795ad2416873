import COpenSSL
import Domain
import Glibc
import Ports
import TLS

let someDay = WallTime(nanoseconds: 1_800_000_000_000_000_000)

/// A context with a fresh certificate, and that certificate.
func makeContext(protocols: [String] = ["http/1.1"]) throws -> (TLSContext, PEMKeyPair) {
    let made = try SelfSignedCertificate(names: ["files.example"], now: someDay)
    let pair = PEMKeyPair(certificate: made.certificatePEM, key: made.keyPEM)
    return (try TLSContext(pair, protocols: protocols, now: someDay), pair)
}

/// A client of OpenSSL's own making and a `TLSStream`, connected by a pair of sockets and driven in turn.
final class TLSConversation {
    let server: TLSStream
    let client: OpaquePointer
    let output = ByteBuffer(capacity: 256 << 10)
    private let clientContext: OpaquePointer
    private let sockets: (client: Int32, server: Int32)

    init(
        _ context: TLSContext, maximumVersion: Int32 = TLS1_3_VERSION, protocols: [UInt8] = [],
        session: OpaquePointer? = nil
    ) throws {
        var ends: [Int32] = [0, 0]
        precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0, &ends) == 0)
        sockets = (ends[0], ends[1])
        guard let clientContext = SSL_CTX_new(TLS_client_method()), let client = SSL_new(clientContext),
            let server = TLSStream(context, socket: ends[1])
        else { throw TLSContextError.refused("no memory") }
        self.clientContext = clientContext
        self.client = client
        self.server = server
        SSL_ctrl(client, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(maximumVersion), nil)
        SSL_ctrl(client, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_VERSION), nil)
        SSL_set_security_level(client, 0)
        SSL_set_cipher_list(client, "ALL:@SECLEVEL=0")
        if !protocols.isEmpty { SSL_set_alpn_protos(client, protocols, UInt32(protocols.count)) }
        if let session { SSL_set_session(client, session) }
        SSL_set_fd(client, ends[0])
        SSL_set_connect_state(client)
    }

    deinit {
        SSL_free(client)
        SSL_CTX_free(clientContext)
        close(sockets.client)
        close(sockets.server)
    }

    /// Lets both sides take turns until the server is done or has failed.
    func shakeHands() -> TLSStream.Progress {
        for _ in 0..<20 {
            _ = SSL_do_handshake(client)
            let progress = server.handshake(output: output)
            send()
            guard progress == .needsInput else {
                _ = SSL_do_handshake(client)
                return progress
            }
        }
        return .needsInput
    }

    /// Sends what the server has to say; the sockets hold a few hundred kilobytes.
    func send() {
        while output.readableCount > 0 {
            let sent = Glibc.send(sockets.server, output.readable.baseAddress, output.readableCount, 0)
            guard sent > 0 else { return }
            output.didRead(sent)
        }
    }

    func sendFromClient(_ bytes: [UInt8]) -> Bool {
        SSL_write(client, bytes, Int32(bytes.count)) == bytes.count
    }

    func sendRawFromClient(_ bytes: [UInt8]) { _ = Glibc.send(sockets.client, bytes, bytes.count, 0) }

    func finishClient() { SSL_shutdown(client) }

    func cutClient() { shutdown(sockets.client, Int32(SHUT_WR)) }

    func receiveAtClient(upTo count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = SSL_read(client, &bytes, Int32(count))
        return Array(bytes.prefix(Int(max(0, got))))
    }

    func readAtServer(upTo count: Int = 4096, output: ByteBuffer? = nil) -> (TLSStream.Progress, [UInt8]) {
        var bytes = [UInt8](repeating: 0, count: count)
        let progress = bytes.withUnsafeMutableBytes { server.read(into: $0, output: output) }
        if case .done(let read) = progress { return (progress, Array(bytes.prefix(read))) }
        return (progress, [])
    }
}

/// The first certificate of a PEM text.
func parseCertificate(_ pem: [UInt8]) -> OpaquePointer? {
    pem.withUnsafeBytes { bytes in
        guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
        defer { BIO_free(bio) }
        return PEM_read_bio_X509(bio, nil, nil, nil)
    }
}

/// A directory that is gone after `body`.
func withScratchDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/callfs-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TLSContextError.refused("no directory") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        for name in ["cert.pem", "key.pem"] { unlink(path + "/" + name) }
        rmdir(path)
    }
    try body(path)
}

func writeFile(_ path: String, _ bytes: [UInt8]) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    precondition(write(file, bytes, bytes.count) == bytes.count)
    close(file)
}

func setMode(_ path: String, _ mode: mode_t) { precondition(chmod(path, mode) == 0) }

/// A throw-away key that protects nothing, under a password that nobody is asked for.
let encryptedKeyPEM = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhDZ/iA/2HW1QICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHnOIIuJpni3Ltl/WYtxLYQEgZCI
    0C15tezw2cgMvs46cwFqYFxPFMeaQ2Hn1zoQxKeuTXevMzgpgCDSgXkRQGmrYeVS
    uE9GsWHZaIoJfC9xutprPyMkVIAEdDAThqDRDvmcfSwbWhvOlO2p2o1bTndb5/xJ
    3xDaso9u2pOZrcIpcbGl8bqQSNa5+5hM0tdMxLOF2623Mom1ZlZ4ET32diLFx+A=
    -----END ENCRYPTED PRIVATE KEY-----
    """
