private import COpenSSL
import Domain
private import Glibc

/// A leaf certificate and those that lead from it to a root, parsed.
///
/// Never changes after it was made; OpenSSL counts references to certificates atomically.
final class CertificateChain: @unchecked Sendable {
    /// What RSA of 2048 bits and the curves from P-224 on have (NIST SP 800-57 part 1, table 2); clients
    /// refuse less.
    private static let securityBitsMin: Int32 = 112

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
        guard let found else {
            let isKey = (try? PrivateKey(pem: pem, material: material)) != nil
            throw isKey ? .isTheOther(material) : .notPEM(material)
        }
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

    /// Whether the key is that of the leaf.
    func checkKey(_ key: PrivateKey) throws(TLSContextError) {
        defer { ERR_clear_error() }
        let owner = certificates.firstIndex { X509_check_private_key($0, key.pointer) == 1 }
        switch owner {
        case 0: return
        case nil: throw .keyDoesNotMatch(key: key.material, certificate: material)
        default: throw .outOfOrder(material)
        }
    }

    /// Each certificate was issued by the next (RFC 8446 section 4.4.2); older clients need it so.
    func checkOrder() throws(TLSContextError) {
        defer { ERR_clear_error() }
        for (certificate, issuer) in zip(certificates, certificates.dropFirst())
        where X509_check_issued(issuer, certificate) != X509_V_OK { throw .outOfOrder(material) }
    }

    /// Refuses what clients refuse, each with words of its own: a short key, a signature by SHA-1 or MD5, a
    /// leaf that names no host (RFC 9525 section 6.3 looks at nothing else). The signature of a root is not
    /// looked at: clients do not either.
    func checkStrength() throws(TLSContextError) {
        defer { ERR_clear_error() }
        for (position, certificate) in certificates.enumerated() {
            let key = X509_get0_pubkey(certificate)
            if EVP_PKEY_get_security_bits(key) < Self.securityBitsMin {
                throw .keyTooShort(material, bits: EVP_PKEY_get_bits(key))
            }
            let isRoot = position > 0 && X509_check_issued(certificate, certificate) == X509_V_OK
            if !isRoot, let digest = Self.weakDigest(certificate) {
                throw .weakSignature(material, digest: digest)
            }
        }
        guard X509_get_ext_by_NID(certificates[0], NID_subject_alt_name, -1) >= 0 else {
            throw .namesNoHost(material)
        }
    }

    private static func weakDigest(_ certificate: OpaquePointer) -> String? {
        var digest: Int32 = 0
        guard X509_get_signature_info(certificate, &digest, nil, nil, nil) == 1 else { return nil }
        switch digest {
        case NID_sha1: return "SHA-1"
        case NID_md5: return "MD5"
        default: return nil
        }
    }

    /// When the leaf ends, for warnings ahead of time.
    var expiry: WallTime? { Self.time(X509_get0_notAfter(certificates[0])) }

    var fingerprint: String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard X509_digest(certificates[0], EVP_sha256(), &digest, &count) == 1 else { return "" }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }

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

/// A private key, parsed. Never changes; OpenSSL counts its references atomically.
final class PrivateKey: @unchecked Sendable {
    let pointer: OpaquePointer
    let material: TLSMaterial

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
        guard let key else {
            if wasAskedForPassword { throw .keyIsEncrypted(material) }
            throw Self.isCertificate(pem) ? .isTheOther(material) : .notPEM(material)
        }
        pointer = key
        self.material = material
    }

    deinit { EVP_PKEY_free(pointer) }

    private static func isCertificate(_ pem: [UInt8]) -> Bool {
        pem.withUnsafeBytes { bytes in
            guard let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return false }
            defer {
                BIO_free(bio)
                ERR_clear_error()
            }
            guard let certificate = PEM_read_bio_X509(bio, nil, nil, nil) else { return false }
            X509_free(certificate)
            return true
        }
    }
}
