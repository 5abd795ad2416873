import COpenSSL
import Domain

/// Certificates that no sane authority would issue, and chains, made for a test.
struct CertificateMaker {
    let certificate: OpaquePointer
    let key: OpaquePointer

    /// `issuer`: nil for one that is signed with its own key.
    init(
        _ name: String, key: OpaquePointer? = nil, issuer: OpaquePointer? = nil,
        issuerKey: OpaquePointer? = nil,
        digest: OpaquePointer? = EVP_sha256(), names: String? = "DNS:localhost", isAuthority: Bool = false
    ) {
        let key = key ?? callfs_generate_p256()
        guard let key, let certificate = X509_new() else { preconditionFailure("no memory") }
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
        ASN1_TIME_set(X509_getm_notBefore(certificate), Int(someDay.seconds) - 3600)
        ASN1_TIME_set(X509_getm_notAfter(certificate), Int(someDay.seconds) + 86_400)
        X509_NAME_add_entry_by_NID(
            X509_get_subject_name(certificate), NID_commonName, MBSTRING_ASC, name, -1, -1, 0)
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer ?? certificate))
        X509_set_pubkey(certificate, key)
        var extensions: [(Int32, String)] = []
        if let names { extensions.append((NID_subject_alt_name, names)) }
        if isAuthority { extensions.append((NID_basic_constraints, "critical,CA:TRUE")) }
        for (kind, value) in extensions {
            var context = v3_ext_ctx()
            X509V3_set_ctx(&context, issuer ?? certificate, certificate, nil, nil, 0)
            guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else {
                preconditionFailure("extension \(value)")
            }
            X509_add_ext(certificate, made, -1)
            X509_EXTENSION_free(made)
        }
        precondition(X509_sign(certificate, issuerKey ?? key, digest) > 0, "sign")
        self.certificate = certificate
        self.key = key
    }

    /// A key of the size, too short for a server when it is under 2048.
    static func rsaKey(bits: Int32) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1,
            EVP_PKEY_keygen(context, &key) == 1
        else { return nil }
        return key
    }

    var certificatePEM: [UInt8] { Self.pem { PEM_write_bio_X509($0, certificate) } }
    var keyPEM: [UInt8] { Self.pem { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) } }

    private static func pem(_ write: (OpaquePointer?) -> Int32) -> [UInt8] {
        let bio = BIO_new(BIO_s_mem())
        defer { BIO_free(bio) }
        precondition(write(bio) == 1)
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        return Array(bytes.prefix(Int(count)))
    }
}
