package import Domain

/// Cryptographic digests and authentication codes.
package protocol KeyedHash: Sendable {
    /// SHA-256 (FIPS 180-4), 32 bytes.
    func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8]

    /// HMAC-SHA256 (RFC 2104), 32 bytes.
    func hmacSHA256(key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> [UInt8]

    /// A running digest, for bodies that stream: SHA-256 and SHA-512 of FIPS 180-4, CRC32c of RFC 9260.
    func startDigest(_ algorithm: DigestAlgorithm) -> any RunningDigest
}

/// A digest that is fed piece by piece. Confined to one task.
package protocol RunningDigest: AnyObject {
    func update(_ bytes: UnsafeRawBufferPointer)
    /// The digest of all that was fed. Called once, last.
    func finish() -> [UInt8]
}
