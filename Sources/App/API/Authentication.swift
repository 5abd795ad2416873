import Domain
import Ports

/// Finds out who sent a request (RFC 6750 section 2.1: a bearer token in the Authorization field).
struct Authentication: Sendable {
    let identities: Identities
    let hash: any KeyedHash

    /// Who it is, and by which key; nil when the field is missing, doubled, of another scheme, or its key is
    /// nobody's.
    func identity(of fields: HTTPFields) -> (principal: Principal, key: Identities.KeyDigest)? {
        guard let credentials = fields.only("authorization") else { return nil }
        guard let space = credentials.firstIndex(of: " ") else { return nil }
        guard credentials[..<space].utf8.elementsEqual("Bearer".utf8, by: Self.equalIgnoringCase) else {
            return nil
        }
        let key = credentials[credentials.index(after: space)...].drop { $0 == " " }
        guard !key.isEmpty else { return nil }
        return identities.identity(forKey: key, hash: hash)
    }

    /// Scheme names ignore case (RFC 9110 section 11.1).
    private static func equalIgnoringCase(_ left: UInt8, _ right: UInt8) -> Bool {
        left | 0x20 == right | 0x20
    }
}
