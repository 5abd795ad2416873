import Domain

/// The bounds of a server that an operator may change, with their defaults.
///
/// Times are checked by one sweep a loop, so they hold to within `sweepInterval`.
package struct HTTPServerSettings: Sendable {
    /// For requests of any version.
    package var limits = HTTP1Limits()
    /// Nil: HTTP/2 is not spoken. Over TLS, what ALPN offers must agree.
    package var http2: HTTP2Limits? = HTTP2Limits()
    /// Connections of all loops together. At the limit nobody is refused: the others wait in the backlog, and
    /// connections that have been idle for `idleGraceWhenFull` are closed to make room. A refusal would cost
    /// a TLS handshake each.
    package var connectionsMax = 10_000
    /// Connections that the kernel keeps for us before we accept them, per loop; it may cut it to
    /// net.core.somaxconn.
    package var backlog: Int32 = 4096

    /// From the accept to the end of the TLS handshake.
    package var handshakeTimeout: Duration = .seconds(10)
    /// From the first byte of a head, or the start of the connection, to the head's end: a total, so that a
    /// byte a second does not keep it alive.
    package var headTimeout: Duration = .seconds(15)
    /// Between two requests.
    package var idleTimeout: Duration = .seconds(60)
    package var idleGraceWhenFull: Duration = .seconds(1)
    /// How long a body may bring nothing while its reader waits for it.
    package var readTimeout: Duration = .seconds(30)
    /// How long a client may acknowledge nothing while an answer waits for it.
    package var writeTimeout: Duration = .seconds(30)
    /// Slower transfers are cut, measured over `rateWindow` of waiting for the client; waiting for us does
    /// not count. A byte a second is an attack, 256 are a bad line.
    package var minimumBytesPerSecond: Int64 = 256
    package var rateWindow: Duration = .seconds(30)
    /// How long what a client still sends is read over, after an answer that ends the connection, so that a
    /// reset does not destroy the answer on its way.
    package var lingerTimeout: Duration = .seconds(5)
    package var lingerMaxBytes = 64 << 20
    /// How much of a body that nobody read is read over to keep the connection.
    package var unreadBodyMaxBytes: UInt64 = 64 * 1024
    /// The pause after the system ran out of descriptors.
    package var acceptPause: Duration = .milliseconds(100)

    package init() {}

    /// How often connections are looked at.
    var sweepInterval: Duration {
        let shortest =
            [
                handshakeTimeout, headTimeout, idleTimeout, readTimeout, writeTimeout, rateWindow,
                lingerTimeout,
            ]
            .min() ?? .seconds(2)
        return max(.milliseconds(1), min(.milliseconds(500), shortest / 4))
    }
}
