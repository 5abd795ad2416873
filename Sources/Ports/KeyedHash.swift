/// Cryptographic digests and authentication codes.
package protocol KeyedHash: Sendable {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8]

    /// HMAC-SHA256 (RFC 2104), 32 bytes.
    func hmacSHA256(key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> [UInt8]

    /// A running SHA-256, for bodies that stream.
    func startSHA256() -> any RunningDigest
}

/// A digest that is fed piece by piece. Confined to one task.
package protocol RunningDigest: AnyObject {
    func update(_ bytes: UnsafeRawBufferPointer)
    /// The digest of all that was fed. Called once, last.
    func finish() -> [UInt8]
}
