package import Domain

/// Which places belong to this filesystem, kept by the metadata store: so that a mistyped address or an empty
/// database over a full disk is an error at start and never a sweep.
package protocol StoreRegistry: Sendable {
    /// The id of this filesystem, made with it.
    func deployment() async throws(MetadataError) -> DeploymentID

    /// Every registered store.
    func stores() async throws(MetadataError) -> [RegisteredStore]

    /// Registers a store, or confirms it. `.conflict` when its instance and backend name are bound to another
    /// store, or the store to another instance or backend.
    func register(_ store: RegisteredStore) async throws(MetadataError) -> Registration
}

package enum Registration: Sendable, Equatable {
    case added
    case confirmed
    case conflict(with: RegisteredStore)
}
