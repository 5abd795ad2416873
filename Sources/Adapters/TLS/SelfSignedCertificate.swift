private import COpenSSL
package import Domain
private import Glibc

/// A certificate that a server makes for itself on its first start: P-256, signed with its own key, for the
/// names of this machine only.
///
/// Valid for ten years from an hour before `now`: nobody trusts it but who was given it by hand, and a
/// certificate that ends unnoticed would stop a server that has nobody to renew it. Not meant for browsers,
/// which take 398 days at most.
package struct SelfSignedCertificate: Sendable {
    package static let validity = Duration.seconds(10 * 365 * 86_400)
    /// Clocks of clients may be a little behind.
    package static let backdating = Duration.seconds(3600)

    package let certificatePEM: [UInt8]
    package let keyPEM: [UInt8]

    /// Names `localhost`, 127.0.0.1 and ::1, and `names`, each a host name (perhaps `*.` first) or an IP
    /// address.
    package init(names: [String], now: WallTime) throws(TLSContextError) {
        var alternatives = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]
        for name in names {
            let written = try Self.alternative(name)
            if !alternatives.contains(written) { alternatives.append(written) }
        }
        ERR_clear_error()
        guard let key = callfs_generate_p256() else { throw .refused(ErrorText.openSSL()) }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw .refused(ErrorText.openSSL()) }
        defer { X509_free(certificate) }
        let isBuilt =
            X509_set_version(certificate, 2) == 1 && Self.setSerial(certificate)
            && Self.setTime(X509_getm_notBefore(certificate), now - Self.backdating)
            && Self.setTime(X509_getm_notAfter(certificate), now + Self.validity)
            && Self.setName(certificate) && X509_set_pubkey(certificate, key) == 1
            && Self.extend(certificate, NID_basic_constraints, "critical,CA:FALSE")
            && Self.extend(certificate, NID_key_usage, "critical,digitalSignature")
            && Self.extend(certificate, NID_ext_key_usage, "serverAuth")
            && Self.extend(certificate, NID_subject_key_identifier, "hash")
            && Self.extend(certificate, NID_subject_alt_name, alternatives.joined(separator: ","))
            && X509_sign(certificate, key, EVP_sha256()) > 0
        guard isBuilt else { throw .refused(ErrorText.openSSL()) }
        guard let certificatePEM = Self.written({ PEM_write_bio_X509($0, certificate) == 1 }),
            let keyPEM = Self.written({ PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) == 1 })
        else { throw .refused(ErrorText.openSSL()) }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    /// A name as OpenSSL's configuration syntax wants it, where a comma would begin another.
    private static func alternative(_ name: String) throws(TLSContextError) -> String {
        var address = in6_addr()
        if inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1 {
            return "IP:" + name.lowercased()
        }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let areValid = labels.enumerated().allSatisfy { position, label in
            if position == 0, label.elementsEqual("*".utf8), labels.count > 1 { return true }
            return (1...63).contains(label.count)
                && label.allSatisfy {
                    switch $0 {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
        }
        guard areValid, name.utf8.count <= 253 else { throw .invalidName(name) }
        return "DNS:" + name.lowercased()
    }

    /// 127 random bits: positive and unique without a register (RFC 5280 section 4.1.2.2).
    private static func setSerial(_ certificate: OpaquePointer) -> Bool {
        guard let number = BN_new() else { return false }
        defer { BN_free(number) }
        return BN_rand(number, 127, -1, 0) == 1
            && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil
    }

    private static func setTime(_ field: UnsafeMutablePointer<ASN1_TIME>?, _ time: WallTime) -> Bool {
        ASN1_TIME_set(field, time_t(time.seconds)) != nil
    }

    private static func setName(_ certificate: OpaquePointer) -> Bool {
        let name = X509_get_subject_name(certificate)
        return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, "callfs", -1, -1, 0) == 1
            && X509_set_issuer_name(certificate, name) == 1
    }

    private static func extend(_ certificate: OpaquePointer, _ kind: Int32, _ value: String) -> Bool {
        var context = v3_ext_ctx()
        X509V3_set_ctx(&context, certificate, certificate, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, kind, value) else { return false }
        defer { X509_EXTENSION_free(made) }
        return X509_add_ext(certificate, made, -1) == 1
    }

    private static func written(_ write: (OpaquePointer) -> Bool) -> [UInt8]? {
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(bio) }
        guard write(bio) else { return nil }
        var start: UnsafeMutablePointer<CChar>?
        let count = callfs_bio_memory(bio, &start)
        guard let start else { return nil }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
