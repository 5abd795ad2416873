/// A configuration that holds together, and how it came about.
package struct LoadedConfiguration: Sendable {
    package var settings: Settings
    /// One line a key, in the order of the table: what holds and from where, secrets masked.
    package var effective: [EffectiveSetting]
    /// What whoever starts the server should know, one sentence each: which file was read, where data lies,
    /// what is risky.
    package var notices: [String]
}

package struct EffectiveSetting: Sendable, Equatable {
    package let name: String
    /// Masked when it is a secret.
    package let value: String
    package let source: ConfigurationSource
}
