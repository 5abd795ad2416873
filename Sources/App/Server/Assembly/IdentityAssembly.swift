import API
import Domain
import Ports

/// Turns what the configuration says of users into what the API asks for.
enum IdentityAssembly {
    static func identities(
        _ settings: AuthenticationSettings, generatedKey: Secret?, hash: any KeyedHash
    ) -> Identities {
        var principals: [Identities.KeyDigest: Principal] = [:]
        var userNames: [UserID: String] = [:]
        func digest(_ secret: Secret) -> Identities.KeyDigest {
            Identities.KeyDigest(secret.bytes.withUnsafeBytes { hash.sha256($0) })
        }
        for user in settings.users {
            let principal = user.principal
            userNames[principal.user] = principal.name
            for key in user.keys { principals[digest(key)] = principal }
            for bytes in user.keyDigests { principals[Identities.KeyDigest(bytes)] = principal }
        }
        let standard = settings.defaultUser
        if userNames[standard.user] == nil { userNames[standard.user] = standard.name }
        for key in settings.keys { principals[digest(key)] = standard }
        if let generatedKey { principals[digest(generatedKey)] = standard }
        // The users first: one that bears the default user's name has groups of its own.
        let users = settings.users.map(\.principal) + (principals.values.contains(standard) ? [standard] : [])
        return Identities(
            principals: principals, users: users, userNames: userNames, groupNames: settings.groupNames)
    }
}
