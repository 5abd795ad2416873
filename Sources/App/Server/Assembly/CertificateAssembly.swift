import Domain
import HostSystem
import TLS

/// Finds the certificate to serve with: the files that were named, or a pair made once for this data
/// directory.
enum CertificateAssembly {
    static func context(
        _ settings: ServerSettings, directory: NodeDirectory
    ) async throws(StartError) -> (context: TLSContext, generatedFile: String?) {
        let now = SystemClock.wallNow()
        let protocols = settings.speaksHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        switch settings.certificate {
        case .files(let certificate, let key):
            return (try load(certificate: certificate, key: key, protocols, now: now), nil)
        case .filesOrGenerated(let certificate, let key):
            if exists(certificate), exists(key) {
                return (try load(certificate: certificate, key: key, protocols, now: now), nil)
            }
            if exists(certificate) != exists(key) {
                throw StartError(
                    "Of the certificate '\(certificate)' and the key '\(key)' only one is there; "
                        + "put the other beside it, or remove both to have a self-signed pair made.")
            }
            return try await generated(directory, names: names(of: settings), protocols, now: now)
        }
    }

    private static func generated(
        _ directory: NodeDirectory, names: [String], _ protocols: [String], now: WallTime
    ) async throws(StartError) -> (context: TLSContext, generatedFile: String?) {
        let certificateFile = directory.path + "/server.crt"
        let keyFile = directory.path + "/server.key"
        if !exists(keyFile) || !exists(certificateFile) {
            let made: SelfSignedCertificate
            do { made = try SelfSignedCertificate(names: names, now: now) } catch {
                throw StartError("No certificate could be made: \(error.description)")
            }
            // The certificate is written last: a pair that was half made is made again.
            try await directory.replace(with: made.keyPEM, "server.key")
            try await directory.replace(with: made.certificatePEM, "server.crt")
        }
        return (try load(certificate: certificateFile, key: keyFile, protocols, now: now), certificateFile)
    }

    private static func load(
        certificate: String, key: String, _ protocols: [String], now: WallTime
    ) throws(StartError) -> TLSContext {
        do throws(TLSContextError) {
            let pair = try PEMKeyPair(certificateFile: certificate, keyFile: key)
            return try TLSContext(pair, protocols: protocols, now: now)
        } catch {
            throw StartError(error.description)
        }
    }

    /// The names that clients will use, for the certificate: the host of the external address.
    private static func names(of settings: ServerSettings) -> [String] {
        var host = settings.externalURL[...]
        if let scheme = host.firstRange(of: "://") { host = host[scheme.upperBound...] }
        host = host.prefix { $0 != "/" }
        if host.first == "[" {
            host = host.dropFirst().prefix { $0 != "]" }
        } else {
            host = host.prefix { $0 != ":" }
        }
        return host.isEmpty ? [] : [String(host)]
    }
}
