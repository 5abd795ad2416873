package import Domain
package import Ports

/// Signs the tokens of links, and knows its own again. One secret signs; a second one, the secret before, is
/// accepted while a new one is brought out.
package struct LinkSigner: Sendable {
    private let signing: [UInt8]
    private let previous: [UInt8]?
    private let hash: any KeyedHash

    package init(secret: [UInt8], previous: [UInt8]?, hash: any KeyedHash) {
        signing = Self.key(from: secret, hash)
        self.previous = previous.map { Self.key(from: $0, hash) }
        self.hash = hash
    }

    package func token(id: [UInt8], path: FilePath, expiresAt: WallTime) -> LinkToken {
        let bytes = LinkToken.signedBytes(id: id, path: path, expiresAt: expiresAt)
        return LinkToken(id: id, signature: bytes.withUnsafeBytes { hash.hmacSHA256(key: signing, $0) })
    }

    /// Whether this deployment signed the token for this link. Takes the same time whatever is wrong.
    package func isGenuine(_ token: LinkToken, for link: DownloadLink) -> Bool {
        let bytes = LinkToken.signedBytes(id: token.id, path: link.path, expiresAt: link.expiresAt)
        let bySigning = matches(token.signature, bytes, signing)
        let byPrevious = previous.map { matches(token.signature, bytes, $0) } ?? false
        return bySigning || byPrevious
    }

    private func matches(_ signature: [UInt8], _ bytes: [UInt8], _ key: [UInt8]) -> Bool {
        let expected = bytes.withUnsafeBytes { hash.hmacSHA256(key: key, $0) }
        return zip(signature, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A key of its own for this one purpose, so that the same secret elsewhere would sign no links.
    private static func key(from secret: [UInt8], _ hash: any KeyedHash) -> [UInt8] {
        Array("callfs download link 1".utf8).withUnsafeBytes { hash.hmacSHA256(key: secret, $0) }
    }
}
