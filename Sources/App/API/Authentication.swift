import Domain
import Ports

/// Finds out who sent a request (RFC 6750 section 2.1: a bearer token in the Authorization field).
struct Authentication: Sendable {
    let identities: Identities
    let hash: any KeyedHash

    /// Who it is, and by which key; nil when the field is missing, doubled, of another scheme, or its key is
    /// nobody's. A key that is too short is nobody's: where only a digest is configured, this is the first
    /// that is known of its length.
    func identity(of fields: HTTPFields) -> (principal: Principal, key: Identities.KeyDigest)? {
        guard let credentials = fields.only("authorization") else { return nil }
        let bytes = credentials.utf8.span
        let scheme = Self.scheme.utf8.span
        let space = UInt8(ascii: " ")
        // Scheme names ignore case (RFC 9110 section 11.1).
        guard bytes.count > scheme.count, bytes[scheme.count] == space,
            scheme.indices.allSatisfy({ bytes[$0] | 0x20 == scheme[$0] })
        else { return nil }
        guard let start = (scheme.count..<bytes.count).first(where: { bytes[$0] != space }) else {
            return nil
        }
        let key = bytes.extracting(start..<bytes.count)
        guard key.count >= Limits.keyBytesMin else { return nil }
        return identities.identity(forKey: key, hash: hash)
    }

    private static let scheme = "bearer"
}
