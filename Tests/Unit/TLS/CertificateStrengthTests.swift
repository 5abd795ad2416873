import COpenSSL
import Domain
import Glibc
import TLS
import Testing

@Suite("What clients would refuse")
struct CertificateStrengthTests {
    private func failure(_ certificate: [UInt8], _ key: [UInt8]) -> TLSContextError? {
        do throws(TLSContextError) {
            _ = try TLSContext(PEMKeyPair(certificate: certificate, key: key), now: someDay)
            return nil
        } catch { return error }
    }

    private let material = TLSMaterial(.certificate, file: nil)

    @Test("A chain is taken in its order, with or without the root, and in no other")
    func order() throws {
        let root = CertificateMaker("root", names: nil, isAuthority: true)
        let middle = CertificateMaker(
            "middle", issuer: root.certificate, issuerKey: root.key, names: nil, isAuthority: true)
        let leaf = CertificateMaker("leaf", issuer: middle.certificate, issuerKey: middle.key)
        let (a, b, c) = (leaf.certificatePEM, middle.certificatePEM, root.certificatePEM)
        #expect(failure(a + b + c, leaf.keyPEM) == nil)
        #expect(failure(a + b, leaf.keyPEM) == nil)
        #expect(failure(a, leaf.keyPEM) == nil)
        #expect(failure(b + a, leaf.keyPEM) == .outOfOrder(material))
        #expect(failure(c + b + a, leaf.keyPEM) == .outOfOrder(material))
        #expect(failure(a + c + b, leaf.keyPEM) == .outOfOrder(material))
        #expect(failure(a + c, leaf.keyPEM)?.description.contains("wrong order") == true)
    }

    @Test("An RSA key of 1024 bits is too short, of a server as of an authority; 2048 are enough")
    func shortKeys() throws {
        let short = try #require(CertificateMaker.rsaKey(bits: 1024))
        let long = try #require(CertificateMaker.rsaKey(bits: 2048))
        let weak = CertificateMaker("weak", key: short)
        #expect(failure(weak.certificatePEM, weak.keyPEM) == .keyTooShort(material, bits: 1024))
        #expect(failure(weak.certificatePEM, weak.keyPEM)?.description.contains("1024 bits") == true)
        let good = CertificateMaker("good", key: long)
        #expect(failure(good.certificatePEM, good.keyPEM) == nil)
        EVP_PKEY_up_ref(short)
        let root = CertificateMaker("root", key: short, names: nil, isAuthority: true)
        let leaf = CertificateMaker("leaf", issuer: root.certificate, issuerKey: root.key)
        let chain = leaf.certificatePEM + root.certificatePEM
        #expect(failure(chain, leaf.keyPEM) == .keyTooShort(material, bits: 1024))
    }

    @Test("A signature by SHA-1 is refused, but for the root's, which nobody looks at")
    func weakSignatures() throws {
        let own = CertificateMaker("own", digest: EVP_sha1())
        #expect(failure(own.certificatePEM, own.keyPEM) == .weakSignature(material, digest: "SHA-1"))
        let root = CertificateMaker("root", digest: EVP_sha1(), names: nil, isAuthority: true)
        let good = CertificateMaker("good", issuer: root.certificate, issuerKey: root.key)
        #expect(failure(good.certificatePEM + root.certificatePEM, good.keyPEM) == nil)
        let bad = CertificateMaker(
            "bad", issuer: root.certificate, issuerKey: root.key, digest: EVP_sha1())
        #expect(
            failure(bad.certificatePEM + root.certificatePEM, bad.keyPEM)
                == .weakSignature(material, digest: "SHA-1"))
    }

    @Test("A certificate without a subjectAltName names no host")
    func noNames() throws {
        let made = CertificateMaker("localhost", names: nil)
        #expect(failure(made.certificatePEM, made.keyPEM) == .namesNoHost(material))
    }

    @Test("Exchanged files are told from files that hold nothing")
    func exchanged() throws {
        let made = CertificateMaker("own")
        #expect(failure(made.keyPEM, made.certificatePEM) == .isTheOther(material))
        #expect(
            failure(made.certificatePEM, made.certificatePEM) == .isTheOther(TLSMaterial(.key, file: nil)))
        #expect(failure(made.certificatePEM, made.certificatePEM)?.description.contains("exchanged") == true)
        // One file for both is a custom, and fine.
        let both = made.certificatePEM + made.keyPEM
        #expect(failure(both, both) == nil)
    }

    @Test("A key that every user may read is noticed, and one of the owner's alone is not")
    func exposedKey() throws {
        let made = CertificateMaker("own")
        try withScratchDirectory { path in
            let (certificate, key) = (path + "/cert.pem", path + "/key.pem")
            writeFile(certificate, made.certificatePEM)
            writeFile(key, made.keyPEM)
            func isExposed(_ mode: mode_t) throws -> Bool {
                setMode(key, mode)
                return try PEMKeyPair(certificateFile: certificate, keyFile: key).isKeyExposed
            }
            let verdicts = try [0o600, 0o640, 0o644, 0o602].map(isExposed)
            #expect(verdicts == [false, false, true, true])
        }
    }

    @Test("What was prepared is used only when it is said so, with a fingerprint of its own")
    func preparedReplacement() throws {
        let (context, _) = try makeContext()
        let before = context.certificateFingerprint
        #expect(before.utf8.count == 64)
        let made = CertificateMaker("next")
        let pair = PEMKeyPair(certificate: made.certificatePEM, key: made.keyPEM)
        let replacement = try context.prepare(pair, now: someDay)
        #expect(context.certificateFingerprint == before)
        context.use(replacement)
        #expect(context.certificateFingerprint != before)
        #expect(context.certificateExpiry == someDay + .seconds(86_400))
    }
}
