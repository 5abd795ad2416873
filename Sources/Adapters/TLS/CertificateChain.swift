private import COpenSSL
import Domain
private import Glibc

/// A leaf certificate and those that lead from it to a root, parsed.
final class CertificateChain {
    private var certificates: [OpaquePointer] = []
    private let material: TLSMaterial

    init(pem: [UInt8], material: TLSMaterial) throws(TLSContextError) {
        self.material = material
        ERR_clear_error()
        let found = pem.withUnsafeBytes { bytes -> [OpaquePointer]? in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(bio) }
            var found: [OpaquePointer] = []
            while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) { found.append(certificate) }
            let ended = callfs_error_is_end_of_pem(ERR_peek_last_error()) == 1
            ERR_clear_error()
            guard ended, !found.isEmpty else {
                for certificate in found { X509_free(certificate) }
                return nil
            }
            return found
        }
        guard let found else { throw .notPEM(material) }
        certificates = found
    }

    deinit { for certificate in certificates { X509_free(certificate) } }

    /// The leaf is the one that is checked: clients look at the others themselves.
    func checkValidity(at now: WallTime) throws(TLSContextError) {
        let leaf = certificates[0]
        if let end = Self.time(X509_get0_notAfter(leaf)), end < now { throw .expired(material, at: end) }
        if let start = Self.time(X509_get0_notBefore(leaf)), start > now {
            throw .notYetValid(material, from: start)
        }
    }

    func belongs(to key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return X509_check_private_key(certificates[0], key.pointer) == 1
    }

    /// When the leaf ends, for warnings ahead of time.
    var expiry: WallTime? { Self.time(X509_get0_notAfter(certificates[0])) }

    func install(in context: OpaquePointer) throws(TLSContextError) {
        guard SSL_CTX_use_certificate(context, certificates[0]) == 1 else {
            throw .refused(ErrorText.openSSL())
        }
        for certificate in certificates.dropFirst() {
            X509_up_ref(certificate)
            guard callfs_ctx_add_chain(context, certificate) == 1 else {
                X509_free(certificate)
                throw .refused(ErrorText.openSSL())
            }
        }
    }

    /// The time that X.509 wrote; the ends of `WallTime` for years it cannot hold.
    private static func time(_ written: UnsafePointer<ASN1_TIME>?) -> WallTime? {
        var parts = tm()
        guard let written, ASN1_TIME_to_tm(written, &parts) == 1 else { return nil }
        let year = Int(parts.tm_year) + 1900
        let civil = CivilTime(
            year: year, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday), hour: Int(parts.tm_hour),
            minute: Int(parts.tm_min), second: Int(parts.tm_sec))
        return civil?.wallTime ?? WallTime(nanoseconds: year < 1970 ? .min : .max)
    }
}

/// A private key, parsed.
final class PrivateKey {
    let pointer: OpaquePointer

    init(pem: [UInt8], material: TLSMaterial) throws(TLSContextError) {
        ERR_clear_error()
        var wasAskedForPassword = false
        let key = pem.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { BIO_free(bio) }
            return PEM_read_bio_PrivateKey(
                bio, nil,
                { _, _, _, asked in
                    asked?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, &wasAskedForPassword)
        }
        ERR_clear_error()
        guard let key else { throw wasAskedForPassword ? .keyIsEncrypted(material) : .notPEM(material) }
        pointer = key
    }

    deinit { EVP_PKEY_free(pointer) }
}
