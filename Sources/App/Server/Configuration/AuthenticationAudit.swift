private import Domain

/// Looks for what makes identities unsafe: unfit keys, keys that two identities or purposes share, two users
/// of one name.
struct AuthenticationAudit {
    struct Fault {
        /// The key of the table where it was written.
        let setting: String
        /// Without any key or secret in it.
        let sentence: String
    }

    let faults: [Fault]

    init(_ settings: AuthenticationSettings, sha256: ([UInt8]) -> [UInt8]) {
        let credentials = Self.credentials(settings)
        let unfit = credentials.compactMap { credential in
            CredentialRules.fault(of: credential.secret).map { fault in
                Fault(setting: credential.setting, sentence: "\(credential.label) \(fault)")
            }
        }
        let digests = Self.digests(settings).compactMap { place in
            CredentialRules.fault(ofDigest: place.digest, sha256: sha256).map { fault in
                Fault(setting: "auth.users", sentence: "\(place.label) \(fault)")
            }
        }
        faults =
            unfit + digests + Self.duplicateFaults(credentials, settings, sha256) + Self.nameFaults(settings)
    }

    /// A key or a secret, where it was written, and what to call it.
    private struct Credential {
        let setting: String
        let label: String
        let secret: Secret
    }

    private static func credentials(_ settings: AuthenticationSettings) -> [Credential] {
        let keys = settings.keys.enumerated().map { index, key in
            Credential(setting: "auth.api_keys", label: "auth.api_keys[\(index)]", secret: key)
        }
        let userKeys = settings.users.flatMap { user in
            user.keys.enumerated().map { index, key in
                Credential(
                    setting: "auth.users", label: "auth.users[\(user.principal.name)].keys[\(index)]",
                    secret: key)
            }
        }
        let secrets: [(name: String, secret: Secret?)] = [
            ("auth.internal_proxy_secret", settings.internalProxySecret),
            ("auth.internal_proxy_secret_previous", settings.internalProxySecretPrevious),
            ("auth.single_use_link_secret", settings.singleUseLinkSecret),
            ("auth.single_use_link_secret_previous", settings.singleUseLinkSecretPrevious),
        ]
        return keys + userKeys
            + secrets.compactMap { name, secret in
                secret.map { Credential(setting: name, label: name, secret: $0) }
            }
    }

    private static func digests(_ settings: AuthenticationSettings) -> [(label: String, digest: [UInt8])] {
        settings.users.flatMap { user in
            user.keyDigests.enumerated().map { index, digest in
                ("auth.users[\(user.principal.name)].key_sha256[\(index)]", digest)
            }
        }
    }

    private static func duplicateFaults(
        _ credentials: [Credential], _ settings: AuthenticationSettings, _ sha256: ([UInt8]) -> [UInt8]
    ) -> [Fault] {
        var first: [[UInt8]: String] = [:]
        var faults: [Fault] = []
        let check = { (setting: String, label: String, digest: [UInt8]) in
            if let other = first[digest] {
                faults.append(Fault(setting: setting, sentence: "\(label) is the same as \(other)"))
            } else {
                first[digest] = label
            }
        }
        for credential in credentials {
            check(credential.setting, credential.label, sha256(credential.secret.bytes))
        }
        for place in digests(settings) { check("auth.users", place.label, place.digest) }
        return faults
    }

    private static func nameFaults(_ settings: AuthenticationSettings) -> [Fault] {
        var sentences: [String] = []
        var names: Set<String> = []
        for user in settings.users {
            let name = user.principal.name
            if !names.insert(name).inserted { sentences.append("auth.users names `\(name)` twice") }
            let isOther =
                user.principal.user != settings.defaultUser.user
                || user.principal.group != settings.defaultUser.group
            if name == settings.defaultUser.name, isOther {
                sentences.append("auth.users gives `\(name)`, the default user, another uid or gid")
            }
        }
        return sentences.map { Fault(setting: "auth.users", sentence: $0) }
    }
}
