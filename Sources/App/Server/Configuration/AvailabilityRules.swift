/// Refuses what was asked for and this build cannot do, so that nothing is ever silently ignored.
enum AvailabilityRules {
    /// One problem a missing feature, naming every setting that needs it.
    static func problems(_ values: SettingValues) -> [ConfigurationProblem] {
        var settings: [LaterFeature: [String]] = [:]
        for key in SettingTable.keys {
            guard values.source(key.name) != .defaults, let value = values.value(key.name),
                let feature = feature(of: key, value)
            else { continue }
            settings[feature, default: []].append("\(key.name) (\(values.source(key.name)))")
        }
        return LaterFeature.allCases.compactMap { feature in
            settings[feature].map { names in
                ConfigurationProblem(
                    source: nil,
                    message: "\(feature.isMissing): remove \(names.joined(separator: ", ")); "
                        + feature.instead)
            }
        }
    }

    /// One sentence a feature that settings were given for and that is not there to use them.
    static func notices(_ values: SettingValues) -> [String] {
        SettingTable.keys.compactMap { key in
            guard case .unused(let feature) = key.availability, values.source(key.name) != .defaults,
                let value = values.value(key.name), value != key.fixedDefault, !value.isEmpty
            else { return nil }
            return "\(key.name) (\(values.source(key.name))) is checked but not used: \(feature.isMissing)."
        }
    }

    private static func feature(of key: SettingKey, _ value: SettingValue) -> LaterFeature? {
        switch key.availability {
        case .now, .unused: return nil
        case .later(let feature): return value.isEmpty || value == key.fixedDefault ? nil : feature
        case .laterValues(let features):
            guard case .text(let text) = value else { return nil }
            return features.first { text == $0.key || ($0.key.last == ":" && text.hasPrefix($0.key)) }?.value
        }
    }
}
