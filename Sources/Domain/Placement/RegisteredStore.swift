/// A place that holds bytes, and who serves it.
package struct RegisteredStore: Sendable, Hashable {
    package let id: StoreID
    /// The configured name of the backend, such as `localfs`.
    package let backend: String
    package let kind: BackendKind
    /// The node that serves it; nil for a shared one.
    package let instance: InstanceID?

    package init(id: StoreID, backend: String, kind: BackendKind, instance: InstanceID?) {
        self.id = id
        self.backend = backend
        self.kind = kind
        self.instance = instance
    }
}

/// A technology that holds bytes, by the name that configuration and answers use.
package enum BackendKind: String, Sendable, CaseIterable {
    case localfs, s3, azureblob, remote, memory, disabled

    /// True when every node reaches the bytes by itself; false when only the owner of the disk does.
    package var isShared: Bool {
        switch self {
        case .localfs, .memory: false
        case .s3, .azureblob, .remote: true
        case .disabled: false
        }
    }
}
