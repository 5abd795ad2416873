import Domain
import HostSystem
import Ports
import TLS

/// Finds the certificate to serve with: the files that were named, or a pair made once for this data
/// directory.
enum CertificateAssembly {
    /// The certificate and the key of a server, and whether they were made for it.
    struct Files {
        let certificate: String
        let key: String
        let isGenerated: Bool

        /// Reads both. Blocks.
        func pair() throws(TLSContextError) -> PEMKeyPair {
            try PEMKeyPair(certificateFile: certificate, keyFile: key)
        }
    }

    /// For the start: makes a pair when nobody named one and there is none.
    static func context(
        _ settings: ServerSettings, directory: NodeDirectory, log: any EventLog
    ) async throws(StartError) -> (context: TLSContext, generatedFile: String?) {
        let now = SystemClock.wallNow()
        let files = try files(settings, directory)
        if files.isGenerated, !exists(files.key) || !exists(files.certificate) {
            try await make(directory, names: names(of: settings), now: now)
        }
        do throws(TLSContextError) {
            let pair = try files.pair()
            let protocols = settings.speaksHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
            let context = try TLSContext(pair, protocols: protocols, now: now)
            CertificateWarnings.log(pair, context.certificateExpiry, now: now, to: log)
            return (context, files.isGenerated ? files.certificate : nil)
        } catch {
            throw StartError(error.description)
        }
    }

    /// Which files are meant. Changes nothing.
    static func files(
        _ settings: ServerSettings, _ directory: NodeDirectory
    ) throws(StartError) -> Files {
        switch settings.certificate {
        case .files(let certificate, let key):
            return Files(certificate: certificate, key: key, isGenerated: false)
        case .filesOrGenerated(let certificate, let key):
            switch (exists(certificate), exists(key)) {
            case (true, true): return Files(certificate: certificate, key: key, isGenerated: false)
            case (false, false):
                let (certificate, key) = DataDirectory.generatedPair(in: directory.path)
                return Files(certificate: certificate, key: key, isGenerated: true)
            default:
                throw StartError(
                    "Of the certificate '\(certificate)' and the key '\(key)' only one is there; "
                        + "put the other beside it, or remove both to have a self-signed pair made.")
            }
        }
    }

    private static func make(
        _ directory: NodeDirectory, names: [String], now: WallTime
    ) async throws(StartError) {
        let made: SelfSignedCertificate
        do { made = try SelfSignedCertificate(names: names, now: now) } catch {
            throw StartError("No certificate could be made: \(error.description)")
        }
        // The certificate is written last: a pair that was half made is made again.
        try await directory.replace(with: made.keyPEM, "server.key")
        try await directory.replace(with: made.certificatePEM, "server.crt")
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
