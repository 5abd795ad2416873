/// How the bytes of a body are summed up: names of the registry "Hash Algorithms for HTTP Digest Fields" (RFC
/// 9530 section 7.2), the strongest first.
package enum DigestAlgorithm: String, Sendable, CaseIterable {
    case sha512 = "sha-512"
    case sha256 = "sha-256"
    /// Deprecated there, since it tells nothing of intent; good against accidents, and what other stores know
    /// of their contents.
    case crc32c

    package var byteCount: Int {
        switch self {
        case .sha512: 64
        case .sha256: 32
        case .crc32c: 4
        }
    }
}

/// One digest of some bytes.
package struct Digest: Sendable, Hashable {
    package let algorithm: DigestAlgorithm
    /// As many as the algorithm makes; a CRC with its highest byte first.
    package let bytes: [UInt8]

    /// Nil when the algorithm makes another number of bytes.
    package init?(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }
}

/// What is known of one sequence of bytes.
package struct Digests: Sendable, Equatable {
    package var sha256: [UInt8]?
    package var sha512: [UInt8]?
    package var crc32c: [UInt8]?

    package init(sha256: [UInt8]? = nil, sha512: [UInt8]? = nil, crc32c: [UInt8]? = nil) {
        self.sha256 = sha256
        self.sha512 = sha512
        self.crc32c = crc32c
    }

    package subscript(_ algorithm: DigestAlgorithm) -> [UInt8]? {
        get {
            switch algorithm {
            case .sha256: sha256
            case .sha512: sha512
            case .crc32c: crc32c
            }
        }
        set {
            switch algorithm {
            case .sha256: sha256 = newValue
            case .sha512: sha512 = newValue
            case .crc32c: crc32c = newValue
            }
        }
    }

    /// The first of what was expected that is not so; one that is not known counts as different.
    package func mismatch(with expected: [Digest]) -> DigestAlgorithm? {
        expected.first { self[$0.algorithm] != $0.bytes }?.algorithm
    }
}
