/// Every key of the configuration, in the order in which the example, the reference and `config validate`
/// show them.
package enum SettingTable {
    package static let keys: [SettingKey] =
        nodeKeys + serverKeys + authenticationKeys + observationKeys + backendKeys + objectStoreKeys
        + clusterKeys + limitKeys + exchangeKeys

    /// By every spelling of its name.
    package static let byName: [String: SettingKey] = index { $0.names }

    /// By every spelling of its variable.
    package static let byVariable: [String: SettingKey] = index { $0.variables }

    /// Names that only have keys below them, such as `server` or `backend.s3`.
    package static let groups: Set<String> = {
        var groups: Set<String> = []
        for name in keys.flatMap(\.names) {
            var parts = name.split(separator: ".")
            while parts.popLast() != nil, !parts.isEmpty { groups.insert(parts.joined(separator: ".")) }
        }
        return groups
    }()

    private static func index(_ spellings: (SettingKey) -> [String]) -> [String: SettingKey] {
        var index: [String: SettingKey] = [:]
        for key in keys {
            for spelling in spellings(key) {
                let isNew = index.updateValue(key, forKey: spelling) == nil
                precondition(isNew, "two keys are spelled \(spelling)")
            }
        }
        return index
    }
}
