private import COpenSSL
package import Domain
private import Synchronization

/// What all connections of a listener share: certificate, key, protocol versions and ciphers.
///
/// TLS 1.2 and later with the ciphers of Mozilla's intermediate profile
/// (wiki.mozilla.org/Security/Server_Side_TLS, version 5.7, without finite-field Diffie-Hellman). Sessions
/// resume by tickets, which the client keeps: the server has no cache and no state. Safe from any thread.
package final class TLSContext: Sendable {
    private let current: Mutex<TLSConfiguration>

    /// Checks that the key belongs to the certificate, that both are strong enough for clients, and that the
    /// certificate is valid at `now`.
    ///
    /// `protocols` are offered by ALPN (RFC 7301), the preferred first; a client that names none of them is
    /// refused, one without ALPN is taken.
    package init(
        _ pair: PEMKeyPair, protocols: [String] = ["http/1.1"], now: WallTime
    ) throws(TLSContextError) {
        current = Mutex(try TLSConfiguration(pair, protocols: protocols, now: now))
    }

    /// Checks another certificate and key in the same way and makes all that is needed to use them. Changes
    /// nothing.
    package func prepare(_ pair: PEMKeyPair, now: WallTime) throws(TLSContextError) -> TLSReplacement {
        TLSReplacement(
            configuration: try TLSConfiguration(pair, protocols: configuration.protocols, now: now))
    }

    /// Uses what was prepared for the connections that come from now on; those that are open go on with what
    /// they began with. Cannot fail.
    package func use(_ replacement: TLSReplacement) { current.withLock { $0 = replacement.configuration } }

    /// `prepare` and `use` in one. When it throws, nothing has changed.
    package func reload(_ pair: PEMKeyPair, now: WallTime) throws(TLSContextError) {
        use(try prepare(pair, now: now))
    }

    /// Begins to write session tickets under fresh keys and forgets the old ones: whoever steals the
    /// memory of this process then cannot read what was said before. A client with an old ticket shakes
    /// hands in full.
    package func rotateTicketKeys() throws(TLSContextError) {
        let renewed = try configuration.withFreshTicketKeys()
        current.withLock { $0 = renewed }
    }

    /// When the certificate in use ends.
    package var certificateExpiry: WallTime? { configuration.leaf.expiry }

    /// SHA-256 of the certificate in use, in hexadecimal: what `openssl x509 -fingerprint -sha256` shows.
    package var certificateFingerprint: String { configuration.leaf.fingerprint }

    var configuration: TLSConfiguration { current.withLock { $0 } }
}

/// A certificate and key that were checked and wait to be used.
package struct TLSReplacement: Sendable {
    let configuration: TLSConfiguration
}

/// One immutable SSL_CTX. A connection keeps the one that it began with.
final class TLSConfiguration: @unchecked Sendable {
    /// TLS 1.2: forward secrecy and authenticated encryption only.
    private static let ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    /// TLS 1.3, cheapest first; the server chooses, except for clients that prefer ChaCha20 because they lack
    /// AES.
    private static let cipherSuites =
        "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    private static let groups = "X25519:prime256v1:secp384r1"
    /// Enough for four records by one receive.
    private static let readBufferBytes = 4 * (16_384 + 256)

    let context: OpaquePointer
    let protocols: [String]
    let leaf: CertificateChain
    private let key: PrivateKey
    /// The protocols as ALPN writes them: each with its length before it. Kept as long as the context.
    private let protocolList: UnsafeMutableBufferPointer<UInt8>

    convenience init(_ pair: PEMKeyPair, protocols: [String], now: WallTime) throws(TLSContextError) {
        let (leaf, key) = try pair.checked(at: now)
        try self.init(leaf, key, protocols: protocols)
    }

    private init(_ leaf: CertificateChain, _ key: PrivateKey, protocols: [String]) throws(TLSContextError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .refused(ErrorText.openSSL()) }
        do throws(TLSContextError) {
            try Self.configure(context)
            try leaf.install(in: context)
            guard SSL_CTX_use_PrivateKey(context, key.pointer) == 1 else {
                throw .refused(ErrorText.openSSL())
            }
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        self.context = context
        self.leaf = leaf
        self.key = key
        self.protocols = protocols
        protocolList = Self.encode(protocols)
        offerProtocols()
    }

    /// The same certificate and key in a context of its own, for which OpenSSL draws ticket keys anew.
    func withFreshTicketKeys() throws(TLSContextError) -> TLSConfiguration {
        try TLSConfiguration(leaf, key, protocols: protocols)
    }

    deinit {
        SSL_CTX_free(context)
        protocolList.deallocate()
    }

    private static func configure(_ context: OpaquePointer) throws(TLSContextError) {
        let accepted =
            callfs_ctx_set_minimum_tls12(context) == 1
            && SSL_CTX_set_cipher_list(context, ciphers) == 1
            && SSL_CTX_set_ciphersuites(context, cipherSuites) == 1
            && callfs_ctx_set_groups(context, groups) == 1
            && SSL_CTX_set_num_tickets(context, 1) == 1
            && SSL_CTX_set_session_id_context(context, "callfs", 6) == 1
        guard accepted else { throw .refused(ErrorText.openSSL()) }
        callfs_ctx_set_server_options(context)
        callfs_ctx_disable_session_cache(context)
        callfs_ctx_set_mode(
            context,
            Int(SSL_MODE_RELEASE_BUFFERS) | Int(SSL_MODE_ENABLE_PARTIAL_WRITE)
                | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        callfs_ctx_set_read_ahead(context)
        SSL_CTX_set_default_read_buffer_len(context, readBufferBytes)
    }

    private static func encode(_ protocols: [String]) -> UnsafeMutableBufferPointer<UInt8> {
        var bytes: [UInt8] = []
        for name in protocols {
            precondition((1...255).contains(name.utf8.count))
            bytes.append(UInt8(name.utf8.count))
            bytes += name.utf8
        }
        let list = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = list.initialize(from: bytes)
        return list
    }

    private func offerProtocols() {
        guard !protocolList.isEmpty else { return }
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, chosen, chosenLength, offered, offeredLength, argument in
                guard let argument, let chosen else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                let own = Unmanaged<TLSConfiguration>.fromOpaque(argument).takeUnretainedValue().protocolList
                return chosen.withMemoryRebound(to: UnsafeMutablePointer<UInt8>?.self, capacity: 1) {
                    chosen in
                    let outcome = SSL_select_next_proto(
                        chosen, chosenLength, own.baseAddress, UInt32(own.count), offered, offeredLength)
                    return outcome == OPENSSL_NPN_NEGOTIATED
                        ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL
                }
            },
            Unmanaged.passUnretained(self).toOpaque())
    }
}
