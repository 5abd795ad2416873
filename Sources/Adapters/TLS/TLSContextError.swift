package import Domain

/// Why a server cannot use the certificate and key it was given. The description is one sentence for whoever
/// starts the server: what is wrong and what to do.
package enum TLSContextError: Error, Equatable, Sendable {
    /// The file could not be read; the error number says why.
    case unreadable(TLSMaterial, errorNumber: Int32)
    /// There is no such thing in PEM form.
    case notPEM(TLSMaterial)
    /// There is a key where the certificate should be, or a certificate where the key should be.
    case isTheOther(TLSMaterial)
    case keyIsEncrypted(TLSMaterial)
    case keyDoesNotMatch(key: TLSMaterial, certificate: TLSMaterial)
    /// The leaf is not the first, or a certificate is not followed by its issuer's.
    case outOfOrder(TLSMaterial)
    case keyTooShort(TLSMaterial, bits: Int32)
    case weakSignature(TLSMaterial, digest: String)
    /// There is no subjectAltName.
    case namesNoHost(TLSMaterial)
    case expired(TLSMaterial, at: WallTime)
    case notYetValid(TLSMaterial, from: WallTime)
    /// A name that cannot stand in a certificate.
    case invalidName(String)
    /// OpenSSL refused for another reason: memory, or a policy of the system.
    case refused(String)
}

/// A certificate or a key, named so that a person finds it.
package struct TLSMaterial: Equatable, Sendable {
    package enum Kind: String, Sendable {
        case certificate, key
    }

    package let kind: Kind
    /// The path; nil when it came from memory.
    package let file: String?

    package init(_ kind: Kind, file: String?) {
        self.kind = kind
        self.file = file
    }

    var description: String {
        let noun = kind == .key ? "private key" : "certificate"
        guard let file else { return "the \(noun)" }
        return "the \(noun) file \(file)"
    }
}

extension TLSContextError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let material, let errorNumber):
            "cannot read \(material.description) (\(ErrorText.system(errorNumber))): "
                + "check the path and that this user may read it"
        case .notPEM(let material):
            "\(material.description) holds no \(material.kind == .key ? "private key" : "certificate") "
                + "in PEM form: give a file with a -----BEGIN ...----- block"
        case .isTheOther(let material):
            material.kind == .key
                ? "\(material.description) holds a certificate and no key: were the two files exchanged?"
                : "\(material.description) holds a key and no certificate: were the two files exchanged?"
        case .keyIsEncrypted(let material):
            "\(material.description) is encrypted: decrypt it first, for example with openssl pkey"
        case .keyDoesNotMatch(let key, let certificate):
            "\(key.description) does not belong to \(certificate.description): "
                + "give the key that it was issued for"
        case .outOfOrder(let material):
            "\(material.description) has its certificates in the wrong order: "
                + "the server's own comes first, then the one that issued it, and so on"
        case .keyTooShort(let material, let bits):
            "\(material.description) has a public key of \(bits) bits, which clients refuse: "
                + "use RSA with 2048 bits or more, or P-256"
        case .weakSignature(let material, let digest):
            "\(material.description) is signed with \(digest), which clients refuse: "
                + "have it issued anew with SHA-256"
        case .namesNoHost(let material):
            "\(material.description) names no host (it has no subjectAltName), so that clients refuse it: "
                + "have it issued for the names that clients use"
        case .expired(let material, let end):
            "\(material.description) expired at \(end.timestamp(fractionDigits: 0)): "
                + "replace it with a current one"
        case .notYetValid(let material, let start):
            "\(material.description) is not valid before \(start.timestamp(fractionDigits: 0)): "
                + "check the clock of this machine or give a current one"
        case .invalidName(let name):
            "\"\(name)\" is neither a host name nor an IP address: leave it out of the certificate"
        case .refused(let reason):
            "OpenSSL cannot use the certificate and key: \(reason)"
        }
    }
}
