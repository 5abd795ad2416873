import Ports
import Services

/// What download links are made of: the secret that signs them and the address that they begin with.
enum LinkAssembly {
    static let secretFile = "link-secret"

    /// For the start: the configured secret, or else one that the node made for itself, once, in a file of
    /// mode 0600.
    static func secret(
        for settings: Settings, in directory: NodeDirectory
    ) async throws(StartError) -> Secret {
        if let configured = settings.authentication.singleUseLinkSecret { return configured }
        return try await KeyFile.secret(secretFile, in: directory)
    }

    /// The same for a reload, which makes nothing: nil when a start would have to make one.
    static func existingSecret(
        for settings: Settings, in directory: NodeDirectory
    ) async throws(StartError) -> Secret? {
        if let configured = settings.authentication.singleUseLinkSecret { return configured }
        return try await KeyFile.existingSecret(secretFile, in: directory)
    }

    static func signer(_ secret: Secret, _ settings: Settings, hash: any KeyedHash) -> LinkSigner {
        LinkSigner(
            secret: secret.bytes, previous: settings.authentication.singleUseLinkSecretPrevious?.bytes,
            hash: hash)
    }

    static func externalURL(_ server: ServerSettings) -> String {
        let hasScheme = ["https://", "http://"].contains { server.externalURL.hasPrefix($0) }
        return hasScheme ? server.externalURL : server.scheme.rawValue + "://" + server.externalURL
    }
}
