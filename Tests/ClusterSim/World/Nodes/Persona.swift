import API
package import Domain
import Ports

/// Who acts in a simulated cluster, with a key of their own.
package enum Persona: Int, Sendable, CaseIterable {
    /// Owns the root directory.
    case ada
    /// Somebody else, in no common group.
    case bob
    case superuser

    package var principal: Principal {
        switch self {
        case .ada: Principal(name: "ada", user: UserID(1_000), group: GroupID(1_000))
        case .bob: Principal(name: "bob", user: UserID(1_001), group: GroupID(1_001))
        case .superuser: Principal(name: "root", user: UserID(0), group: GroupID(0))
        }
    }

    var key: String { "key-of-\(principal.name)-0123456789" }

    static func identities(_ hash: any KeyedHash) -> Identities {
        var principals: [Identities.KeyDigest: Principal] = [:]
        for persona in allCases {
            let digest = Array(persona.key.utf8).withUnsafeBytes { hash.sha256($0) }
            principals[Identities.KeyDigest(digest)] = persona.principal
        }
        return Identities(principals: principals, users: allCases.map(\.principal))
    }
}
