private import COpenSSL
private import Domain
private import Glibc

/// A certificate chain and its key in PEM form, and where they came from.
package struct PEMKeyPair: Sendable {
    /// A chain and a key are a few kilobytes; whatever is larger is another file.
    static let fileSizeMaxBytes = 1 << 20

    package let certificate: [UInt8]
    package let key: [UInt8]
    package let certificateMaterial: TLSMaterial
    package let keyMaterial: TLSMaterial

    /// The leaf first, then the certificates that lead to a root.
    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
        certificateMaterial = TLSMaterial(.certificate, file: nil)
        keyMaterial = TLSMaterial(.key, file: nil)
    }

    /// Reads both files.
    package init(certificateFile: String, keyFile: String) throws(TLSContextError) {
        certificateMaterial = TLSMaterial(.certificate, file: certificateFile)
        keyMaterial = TLSMaterial(.key, file: keyFile)
        certificate = try Self.read(certificateFile, certificateMaterial)
        key = try Self.read(keyFile, keyMaterial)
    }

    private static func read(_ path: String, _ material: TLSMaterial) throws(TLSContextError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(material, errorNumber: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count >= 0 else { throw .unreadable(material, errorNumber: errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= fileSizeMaxBytes else { throw .notPEM(material) }
        }
    }
}
