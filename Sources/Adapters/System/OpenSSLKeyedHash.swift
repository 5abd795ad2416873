private import COpenSSL
package import Domain
package import Ports

/// SHA-2 and HMAC-SHA256 by OpenSSL, which uses the processor's instructions for them, and CRC32c.
///
/// The algorithms are fetched once: OpenSSL 3 otherwise looks them up by name at each call (crypto(7),
/// "Explicit fetching").
package final class OpenSSLKeyedHash: KeyedHash {
    fileprivate static let digestBytes = 32

    private let algorithm = Algorithm("SHA256", byteCount: digestBytes)
    private let longAlgorithm = Algorithm("SHA512", byteCount: 64)

    package init() {}

    package func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        digest { output in
            EVP_Digest(bytes.baseAddress, bytes.count, output, nil, algorithm.pointer, nil) == 1
        }
    }

    package func hmacSHA256(key: [UInt8], _ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        precondition(key.count <= Int(Int32.max))
        // A nil key would mean "the key of the last call", which an empty key must not.
        let pad: [UInt8] = [0]
        return digest { output in
            (key.isEmpty ? pad : key).withUnsafeBytes { keyBytes in
                pad.withUnsafeBytes { none in
                    let data = (bytes.baseAddress ?? none.baseAddress)?.assumingMemoryBound(to: UInt8.self)
                    return HMAC(
                        algorithm.pointer, keyBytes.baseAddress, Int32(key.count), data, bytes.count, output,
                        nil) != nil
                }
            }
        }
    }

    package func startDigest(_ digest: DigestAlgorithm) -> any RunningDigest {
        switch digest {
        case .sha256: OpenSSLRunningDigest(algorithm)
        case .sha512: OpenSSLRunningDigest(longAlgorithm)
        case .crc32c: CRC32C()
        }
    }

    private func digest(_ compute: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { output, count in
            let succeeded = output.baseAddress.map(compute) ?? false
            precondition(succeeded, "OpenSSL only fails a digest for want of memory")
            count = Self.digestBytes
        }
    }

    /// A fetched algorithm, immutable and shared.
    fileprivate final class Algorithm: @unchecked Sendable {
        let pointer: OpaquePointer
        let byteCount: Int

        init(_ name: String, byteCount: Int) {
            guard let pointer = EVP_MD_fetch(nil, name, nil) else {
                preconditionFailure("OpenSSL has no \(name): its default provider is missing")
            }
            self.pointer = pointer
            self.byteCount = byteCount
        }

        deinit { EVP_MD_free(pointer) }
    }
}

private final class OpenSSLRunningDigest: RunningDigest {
    private let context: OpaquePointer
    private let byteCount: Int

    init(_ algorithm: OpenSSLKeyedHash.Algorithm) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, algorithm.pointer, nil) == 1 else {
            preconditionFailure("no memory for a digest")
        }
        self.context = context
        byteCount = algorithm.byteCount
    }

    deinit { EVP_MD_CTX_free(context) }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        let outcome = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(outcome == 1, "a digest is not fed after its end")
    }

    func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            let outcome = EVP_DigestFinal_ex(context, output.baseAddress, nil)
            precondition(outcome == 1, "a digest is finished once")
            count = byteCount
        }
    }
}
