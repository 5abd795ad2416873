private import Domain

/// A configuration that holds together, and how it came about.
package struct LoadedConfiguration: Sendable {
    package var settings: Settings
    /// What holds and from where, in the order of the table, secrets masked. Without the keys that this build
    /// has no use for.
    package var effective: [EffectiveSetting]
    /// What whoever starts the server should know, one sentence each: which file was read, where data lies,
    /// what is risky.
    package var notices: [String]
    /// The file that was read; nil when there was none.
    package var file: String?
    /// What was said, before it was made into settings.
    var values: SettingValues
}

package struct EffectiveSetting: Sendable, Equatable {
    package let name: String
    /// Masked when it is a secret; a hyphen when there is none.
    package let value: String
    package let source: ConfigurationSource

    static func all(_ values: SettingValues, _ settings: Settings) -> [Self] {
        SettingTable.keys.compactMap { key in
            if case .later = key.availability { return nil }
            let value = values.value(key.name).map { masked($0, key) } ?? derived(key, settings)
            return Self(name: key.name, value: value.isEmpty ? "-" : value, source: values.source(key.name))
        }
    }

    private static func masked(_ value: SettingValue, _ key: SettingKey) -> String {
        if !key.isSecret || value.isEmpty { return PrintableText.withoutControls(value.text) }
        guard case .texts(let texts) = value else { return Secret.mask }
        return texts.map { _ in Secret.mask }.joined(separator: ",")
    }

    /// What a default came out as that follows from something else.
    private static func derived(_ key: SettingKey, _ settings: Settings) -> String {
        switch key.name {
        case "data_dir": PrintableText.withoutControls(settings.dataDirectory)
        case "backend.localfs_root_path": PrintableText.withoutControls(settings.backend.localRootPath)
        case "rate_limits": settings.rateLimits.text
        case "log.format": settings.log.format.rawValue
        default: ""
        }
    }
}
