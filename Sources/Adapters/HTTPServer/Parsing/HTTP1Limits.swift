/// How large the parts of a request may be before its body. A request that is larger is refused, not cut.
package struct HTTP1Limits: Sendable {
    /// Method, target and version. A path of 4096 bytes may triple by percent-encoding.
    package var requestLineMaxBytes = 16 * 1024
    /// One field with its name; tokens of identity providers are the largest in practice.
    package var fieldLineMaxBytes = 8 * 1024
    /// Request line and all fields together.
    package var headMaxBytes = 32 * 1024
    package var fieldCountMax = 100
    /// A chunk's size and its extensions. Nobody sends extensions; they are read over.
    package var chunkLineMaxBytes = 256
    /// All extensions of one body together, so that small chunks cannot carry more extension than content for
    /// ever.
    package var chunkExtensionsMaxBytes = 16 * 1024
    /// All fields after a chunked body together. They are read over.
    package var trailersMaxBytes = 8 * 1024
    /// Longer methods than any that is registered (RFC 9110 section 9.1 leaves it open).
    package static let methodMaxBytes = 24

    package init() {}

    /// What the buffer of a connection must hold at least: the longest line.
    var longestLine: Int { max(requestLineMaxBytes, fieldLineMaxBytes, chunkLineMaxBytes, trailersMaxBytes) }
}
