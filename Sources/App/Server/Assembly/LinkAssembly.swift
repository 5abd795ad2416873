import Observability
import Services

/// What download links are made of: the secret that signs them and the address that they begin with.
enum LinkAssembly {
    private static let secretFile = "link-secret"

    /// The configured secret, or else one that the node made for itself, once, in a file of mode 0600.
    static func signer(
        for settings: Settings, _ embedded: EmbeddedNode, log: StreamEventLog
    ) async throws(StartError) -> LinkSigner {
        let secret: Secret
        if let configured = settings.authentication.singleUseLinkSecret {
            secret = configured
        } else {
            secret = try await KeyFile.secret(secretFile, in: embedded.directory)
        }
        log.mask([secret.revealed])
        return LinkSigner(
            secret: secret.bytes, previous: settings.authentication.singleUseLinkSecretPrevious?.bytes,
            hash: embedded.node.dependencies.hash)
    }

    static func externalURL(_ server: ServerSettings) -> String {
        let hasScheme = ["https://", "http://"].contains { server.externalURL.hasPrefix($0) }
        return hasScheme ? server.externalURL : server.scheme.rawValue + "://" + server.externalURL
    }
}
