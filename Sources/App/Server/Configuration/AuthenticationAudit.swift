private import Domain

/// Looks for what makes identities unsafe: unfit keys, keys that two identities or purposes share, two users
/// of one name.
struct AuthenticationAudit {
    /// The setting and the clause that follows its name. Without any key or secret in it.
    let faults: [(setting: String, message: String)]

    init(_ settings: AuthenticationSettings, sha256: ([UInt8]) -> [UInt8]) {
        var faults: [(setting: String, message: String)] = []
        let credentials = Self.credentials(settings)
        for (setting, credential) in credentials {
            // The label continues the setting's name: `auth.api_keys` and `[0] is empty`.
            guard let fault = CredentialRules.fault(of: credential.secret) else { continue }
            faults.append(
                (setting, credential.label.isEmpty ? fault : "\(credential.label): the key \(fault)"))
        }
        self.faults = faults + Self.duplicateFaults(credentials, settings, sha256) + Self.nameFaults(settings)
    }

    /// A key or a secret, and how to call it behind the name of its setting.
    private struct Credential {
        let label: String
        let secret: Secret
    }

    private typealias Placed = (setting: String, credential: Credential)

    private static func credentials(_ settings: AuthenticationSettings) -> [Placed] {
        let keys = settings.keys.enumerated().map { index, key in
            ("auth.api_keys", Credential(label: "[\(index)]", secret: key))
        }
        let userKeys = settings.users.flatMap { user in
            user.keys.enumerated().map { index, key in
                ("auth.users", Credential(label: "\(user.principal.name).keys[\(index)]", secret: key))
            }
        }
        let secrets: [(String, Secret?)] = [
            ("auth.internal_proxy_secret", settings.internalProxySecret),
            ("auth.internal_proxy_secret_previous", settings.internalProxySecretPrevious),
            ("auth.single_use_link_secret", settings.singleUseLinkSecret),
            ("auth.single_use_link_secret_previous", settings.singleUseLinkSecretPrevious),
        ]
        return keys + userKeys
            + secrets.compactMap { name, secret in
                secret.map { (name, Credential(label: "", secret: $0)) }
            }
    }

    private static func duplicateFaults(
        _ credentials: [Placed], _ settings: AuthenticationSettings, _ sha256: ([UInt8]) -> [UInt8]
    ) -> [(setting: String, message: String)] {
        var first: [[UInt8]: String] = [:]
        var faults: [(setting: String, message: String)] = []
        let check = { (setting: String, label: String, digest: [UInt8]) in
            let name = label.isEmpty ? setting : "\(setting) \(label)"
            if let other = first[digest] {
                faults.append(
                    (setting, label.isEmpty ? "is the same as \(other)" : "\(label) is the same as \(other)"))
            } else {
                first[digest] = name
            }
        }
        for (setting, credential) in credentials {
            check(setting, credential.label, sha256(credential.secret.bytes))
        }
        for user in settings.users {
            for (index, digest) in user.keyDigests.enumerated() {
                check("auth.users", "\(user.principal.name).key_sha256[\(index)]", digest)
            }
        }
        return faults
    }

    private static func nameFaults(_ settings: AuthenticationSettings) -> [(setting: String, message: String)]
    {
        var faults: [(setting: String, message: String)] = []
        var names: Set<String> = []
        for user in settings.users {
            let name = user.principal.name
            if !names.insert(name).inserted {
                faults.append(("auth.users", "names \(PrintableText.quoted(name)) twice"))
            }
            let isOther =
                user.principal.user != settings.defaultUser.user
                || user.principal.group != settings.defaultUser.group
            if name == settings.defaultUser.name, isOther {
                faults.append(
                    (
                        "auth.users",
                        "gives \(PrintableText.quoted(name)), the default user, another uid or gid"
                    ))
            }
        }
        return faults
    }
}
