package import Domain
import Ports

/// A link that was made.
package struct IssuedLink: Sendable {
    package let token: LinkToken
    package let expiresAt: WallTime
}

extension Node {
    /// Makes a single-use link to a file that the principal may read. With `asDirectory`, for a path that was
    /// written with a trailing slash, a file is refused as the directory that it is not.
    package func issueLink(
        to path: FilePath, asDirectory: Bool, lifetime: Duration, signedBy signer: LinkSigner,
        by principal: Principal
    ) async throws(Failure) -> IssuedLink {
        let id = random128Bits()
        let key = linkKey(ofID: id)
        let committed = try await commit(path, following: .all) { resolution, identifiers throws(Refusal) in
            let plan = try IssueLink.plan(
                IssueLink.Request(key: key, lifetime: lifetime, deadline: deadline(after: resolution)),
                on: resolution, by: principal, ids: &identifiers)
            if asDirectory { throw .notADirectory(path) }
            return plan
        }
        let expiresAt = IssueLink.expiry(of: lifetime, on: committed.resolution)
        return IssuedLink(
            token: signer.token(id: id, path: committed.resolution.path, expiresAt: expiresAt),
            expiresAt: expiresAt)
    }

    func linkKey(ofID id: [UInt8]) -> LinkKey { LinkKey(shortDigest(id)) }

    func claimKey(of secret: ClaimSecret) -> ClaimKey { ClaimKey(shortDigest(secret.bytes)) }

    /// 128 bits that nobody can guess.
    func random128Bits() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { dependencies.entropy.fill($0) }
        return bytes
    }

    private func shortDigest(_ bytes: [UInt8]) -> Identifier {
        let digest = bytes.withUnsafeBytes { dependencies.hash.sha256($0) }
        guard let identifier = Identifier(bytes: digest.prefix(16)) else {
            preconditionFailure("a SHA-256 has 32 bytes")
        }
        return identifier
    }
}
