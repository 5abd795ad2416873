package import Domain

/// Signs what nodes ask of each other, and knows the signatures of this deployment. One secret signs; a
/// second one, the secret before, is accepted while a new one is brought out.
package struct PeerKeys: Sendable {
    private let signing: [UInt8]
    private let previous: [UInt8]?
    private let hash: any KeyedHash

    package init(secret: [UInt8], previous: [UInt8]? = nil, hash: any KeyedHash) {
        signing = Self.key(from: secret, hash)
        self.previous = previous.map { Self.key(from: $0, hash) }
        self.hash = hash
    }

    /// HMAC-SHA256 over all of the request.
    package func signature(of request: PeerRequest) -> [UInt8] { code(request, signing) }

    /// Whether somebody with the secret signed this. Takes the same time whatever is wrong.
    package func isGenuine(_ signature: [UInt8], of request: PeerRequest) -> Bool {
        let bySigning = Self.isEqual(signature, code(request, signing))
        let byPrevious = previous.map { Self.isEqual(signature, code(request, $0)) } ?? false
        return bySigning || byPrevious
    }

    private func code(_ request: PeerRequest, _ key: [UInt8]) -> [UInt8] {
        request.signedBytes.withUnsafeBytes { hash.hmacSHA256(key: key, $0) }
    }

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A key of its own for this one purpose, so that the same secret elsewhere would open nothing here.
    private static func key(from secret: [UInt8], _ hash: any KeyedHash) -> [UInt8] {
        Array("callfs peer request 1".utf8).withUnsafeBytes { hash.hmacSHA256(key: secret, $0) }
    }
}
