package import API
package import Domain
package import Ports

/// Everything a node is told, checked and typed: what the configuration means, not how it was written. Holds
/// only what this build can do; what it cannot do yet was refused on the way here.
package struct Settings: Sendable, Equatable {
    /// Holds everything of an embedded node: metadata, generated certificate, key and secrets, and contents
    /// unless `backend.localRootPath` says otherwise. May be relative to the working directory.
    package var dataDirectory: String
    package var server: ServerSettings
    package var authentication: AuthenticationSettings
    package var log: LogSettings
    package var metrics: MetricsSettings
    package var backend: BackendSettings
    package var metadataStore: MetadataStoreSettings
    package var locks: LockSettings
    package var instance: InstanceSettings
    package var limits: LimitSettings
    /// Nil: pages of other origins may do nothing.
    package var crossOrigin: CrossOriginPolicy?
    /// The least size of an answer that is compressed; nil: none is.
    package var compressedBytesMin: Int?
    package var rateLimits: RateLimitSettings
}

/// The public listener and what it bears.
package struct ServerSettings: Sendable, Equatable {
    /// How the listener speaks. Plain HTTP is for a proxy in front that ends TLS.
    package enum Scheme: String, Sendable, Equatable, CaseIterable {
        case https
        case http
    }

    /// Where the certificate comes from.
    package enum Certificate: Sendable, Equatable {
        /// Both files must be there: somebody named them.
        case files(certificate: String, key: String)
        /// Nobody named files: these two when both are there, else a self-signed pair made in the data
        /// directory.
        case filesOrGenerated(certificate: String, key: String)
    }

    package var listenAddress: ListenAddress
    /// The host that links carry, with or without a scheme (then that of the listener), never with a trailing
    /// slash.
    package var externalURL: String
    package var scheme: Scheme
    package var certificate: Certificate
    /// Whether HTTP/2 is spoken too.
    package var speaksHTTP2: Bool
    /// The longest silence of a client that sends, never the length of its upload.
    package var readTimeout: Duration
    /// The longest time a client takes nothing of what it asked for, never the length of the download.
    package var writeTimeout: Duration
    /// Until the first byte of a content is there.
    package var fileOperationTimeout: Duration
    package var metadataOperationTimeout: Duration
    package var connectionsMax: Int
    /// Nil: no limit.
    package var bodyBytesMax: Int64?
    /// How long requests may take to finish once the server was asked to stop.
    package var shutdownTimeout: Duration
}

/// Who may come in.
package struct AuthenticationSettings: Sendable, Equatable {
    /// Keys that act as `defaultUser`.
    package var keys: [Secret]
    package var users: [UserSettings]
    package var defaultUser: Principal
    package var groupNames: [GroupID: String]
    package var internalProxySecret: Secret?
    package var internalProxySecretPrevious: Secret?
    package var singleUseLinkSecret: Secret?
    package var singleUseLinkSecretPrevious: Secret?

    /// False: nobody could come in, so an embedded node makes a key at its first start.
    package var hasKeys: Bool {
        !keys.isEmpty || users.contains { !$0.keys.isEmpty || !$0.keyDigests.isEmpty }
    }

    /// All that must never show in a log.
    package var secrets: [String] {
        let others = [
            internalProxySecret, internalProxySecretPrevious, singleUseLinkSecret,
            singleUseLinkSecretPrevious,
        ]
        return (keys + users.flatMap(\.keys) + others.compactMap { $0 }).map(\.revealed)
    }
}

/// One identity and the keys that act as it.
package struct UserSettings: Sendable, Hashable {
    package var principal: Principal
    package var keys: [Secret]
    /// SHA-256 digests (32 bytes each) of keys that the configuration does not know.
    package var keyDigests: [[UInt8]]
}

package struct LogSettings: Sendable, Equatable {
    package enum Format: String, Sendable, Equatable, CaseIterable {
        case json
        case console
    }

    package var level: LogLevel
    package var format: Format
    /// One event a request.
    package var access: Bool
    package var audit: Audit

    package enum Audit: Sendable, Equatable {
        case off
        /// Among all other events.
        case inLog
        /// A file of its own.
        case file(String)
    }
}

package struct MetricsSettings: Sendable, Equatable {
    /// A plain listener for metrics alone; nil for none.
    package var listenAddress: ListenAddress?
    /// Whether the public listener has them too.
    package var onMain: Bool
}

package struct BackendSettings: Sendable, Equatable {
    /// Where contents on the local disk lie.
    package var localRootPath: String
    /// Contents up to this size live in the metadata store.
    package var inlineBytesMax: Int
}

package struct MetadataStoreSettings: Sendable, Equatable {
    /// Where the SQLite database lies; nil for `metadata` in the data directory.
    package var databaseDirectory: String?
}

package struct LockSettings: Sendable, Equatable {
    /// How long a lease lives that nobody renews.
    package var leaseDuration: Duration
    /// How long a request waits for a lock.
    package var waitMax: Duration
}

package struct InstanceSettings: Sendable, Equatable {
    package var instanceID: InstanceID
}

/// Bounds that an operator may move; all others are fixed in the code.
package struct LimitSettings: Sendable, Equatable {
    /// How long content that nothing names any more is kept for readers that still hold it.
    package var reclaimGrace: Duration
    /// How old a stored content that no metadata knows must be before it is swept.
    package var sweepAge: Duration
    /// Request line and headers together.
    package var headerBytesMax: Int
    /// The longest any single write may take.
    package var writeDurationMax: Duration
}
