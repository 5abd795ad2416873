private import COpenSSL
package import Domain
private import Glibc

/// A certificate chain and its key in PEM form, and where they came from.
package struct PEMKeyPair: Sendable {
    /// A chain and a key are a few kilobytes; whatever is larger is another file.
    static let fileSizeMaxBytes = 1 << 20

    package let certificate: [UInt8]
    package let key: [UInt8]
    package let certificateMaterial: TLSMaterial
    package let keyMaterial: TLSMaterial
    /// Whether users who are neither the owner nor of the group may read or write the key's file.
    package let isKeyExposed: Bool

    /// The leaf first, then the certificates that lead to a root.
    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
        certificateMaterial = TLSMaterial(.certificate, file: nil)
        keyMaterial = TLSMaterial(.key, file: nil)
        isKeyExposed = false
    }

    /// Reads both files.
    package init(certificateFile: String, keyFile: String) throws(TLSContextError) {
        certificateMaterial = TLSMaterial(.certificate, file: certificateFile)
        keyMaterial = TLSMaterial(.key, file: keyFile)
        certificate = try Self.read(certificateFile, certificateMaterial).bytes
        let (bytes, mode) = try Self.read(keyFile, keyMaterial)
        key = bytes
        isKeyExposed = mode & (S_IROTH | S_IWOTH) != 0
    }

    /// Whether a server can use the two at `now`. Clients would find most of it out too, but say less.
    package func check(at now: WallTime) throws(TLSContextError) { _ = try checked(at: now) }

    func checked(at now: WallTime) throws(TLSContextError) -> (CertificateChain, PrivateKey) {
        let chain = try CertificateChain(pem: certificate, material: certificateMaterial)
        let key = try PrivateKey(pem: key, material: keyMaterial)
        try chain.checkValidity(at: now)
        try chain.checkKey(key)
        try chain.checkOrder()
        try chain.checkStrength()
        return (chain, key)
    }

    private static func read(
        _ path: String, _ material: TLSMaterial
    ) throws(TLSContextError) -> (bytes: [UInt8], mode: mode_t) {
        // Without waiting for a writer, should it be a named pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(material, errorNumber: errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unreadable(material, errorNumber: errno) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw .unreadable(material, errorNumber: errno) }
            guard count > 0 else { return (bytes, status.st_mode) }
            bytes += chunk[..<count]
            guard bytes.count <= fileSizeMaxBytes else { throw .notPEM(material) }
        }
    }
}
