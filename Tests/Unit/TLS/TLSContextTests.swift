import COpenSSL
import Domain
import TLS
import Testing

@Suite("Certificates and keys")
struct TLSContextTests {
    private func failure(_ body: () throws -> Void) -> TLSContextError? {
        do {
            try body()
            return nil
        } catch { return error as? TLSContextError }
    }

    @Test("A missing file, one that is not PEM and a stranger's key are three errors that name the file")
    func badFiles() throws {
        let own = try SelfSignedCertificate(names: [], now: someDay)
        let other = try SelfSignedCertificate(names: [], now: someDay)
        try withScratchDirectory { path in
            let (certificate, key) = (path + "/cert.pem", path + "/key.pem")
            func load() throws {
                _ = try TLSContext(PEMKeyPair(certificateFile: certificate, keyFile: key), now: someDay)
            }
            let missing = failure(load)
            #expect(missing == .unreadable(TLSMaterial(.certificate, file: certificate), errorNumber: 2))
            #expect(missing?.description.contains(certificate) == true)

            writeFile(certificate, own.certificatePEM)
            let noKey = failure(load)
            #expect(noKey == .unreadable(TLSMaterial(.key, file: key), errorNumber: 2))

            writeFile(key, Array("not a key".utf8))
            let notKey = failure(load)
            #expect(notKey == .notPEM(TLSMaterial(.key, file: key)))
            #expect(notKey?.description.contains("private key") == true)

            writeFile(key, other.keyPEM)
            let stranger = failure(load)
            #expect(
                stranger
                    == .keyDoesNotMatch(
                        key: TLSMaterial(.key, file: key),
                        certificate: TLSMaterial(.certificate, file: certificate)))
            #expect(stranger?.description.contains("does not belong") == true)

            writeFile(key, own.keyPEM)
            #expect(failure(load) == nil)

            writeFile(certificate, Array("garbage".utf8))
            #expect(failure(load) == .notPEM(TLSMaterial(.certificate, file: certificate)))
            writeFile(certificate, Array(own.certificatePEM.dropLast(60)))
            #expect(failure(load) == .notPEM(TLSMaterial(.certificate, file: certificate)))
        }
    }

    @Test("An expired certificate and one from the future are refused, with the date that matters")
    func validity() throws {
        let made = try SelfSignedCertificate(names: [], now: someDay)
        let pair = PEMKeyPair(certificate: made.certificatePEM, key: made.keyPEM)
        let end = someDay + SelfSignedCertificate.validity
        let start = someDay - SelfSignedCertificate.backdating
        let expired = failure { _ = try TLSContext(pair, now: end + .seconds(1)) }
        #expect(expired == .expired(pair.certificateMaterial, at: end))
        #expect(expired?.description.contains("2037-01-12T08:00:00Z") == true)
        let early = failure { _ = try TLSContext(pair, now: start - .seconds(1)) }
        #expect(early == .notYetValid(pair.certificateMaterial, from: start))
        #expect(failure { _ = try TLSContext(pair, now: start) } == nil)
    }

    @Test("A key under a password is refused without asking anybody for it")
    func encryptedKey() throws {
        let made = try SelfSignedCertificate(names: [], now: someDay)
        let pair = PEMKeyPair(certificate: made.certificatePEM, key: Array(encryptedKeyPEM.utf8))
        #expect(failure { _ = try TLSContext(pair, now: someDay) } == .keyIsEncrypted(pair.keyMaterial))
    }

    @Test("A reload that is refused leaves everything as it was")
    func refusedReload() throws {
        let (context, pair) = try makeContext()
        let other = try SelfSignedCertificate(names: [], now: someDay)
        let mixed = PEMKeyPair(certificate: pair.certificate, key: other.keyPEM)
        #expect(failure { try context.reload(mixed, now: someDay) } != nil)
        #expect(try TLSConversation(context).shakeHands() == .done(0))
    }

    @Test("A self-signed certificate is for this machine and the names it was given, and for no other")
    func names() throws {
        let made = try SelfSignedCertificate(
            names: ["Files.example", "10.1.2.3", "fd00::7", "*.disks.example", "localhost"], now: someDay)
        let certificate = try #require(parseCertificate(made.certificatePEM))
        defer { X509_free(certificate) }
        for host in ["localhost", "files.example", "a.disks.example"] {
            #expect(X509_check_host(certificate, host, host.utf8.count, 0, nil) == 1, "\(host)")
        }
        for address in ["127.0.0.1", "::1", "10.1.2.3", "fd00::7"] {
            #expect(X509_check_ip_asc(certificate, address, 0) == 1, "\(address)")
        }
        #expect(X509_check_host(certificate, "example", 7, 0, nil) == 0)
        #expect(X509_check_ip_asc(certificate, "10.1.2.4", 0) == 0)
        #expect(X509_verify(certificate, X509_get0_pubkey(certificate)) == 1)
    }

    @Test(
        "A name that is none is refused",
        arguments: ["", "a,DNS:evil.example", "a b", "a..b", ".a", "*", "x\n", "ü.example", "a:1"])
    func invalidNames(name: String) {
        #expect(failure { _ = try SelfSignedCertificate(names: [name], now: someDay) } == .invalidName(name))
    }

    @Test("Two certificates never share a serial number or a key")
    func unique() throws {
        let first = try SelfSignedCertificate(names: [], now: someDay)
        let second = try SelfSignedCertificate(names: [], now: someDay)
        #expect(first.certificatePEM != second.certificatePEM)
        #expect(first.keyPEM != second.keyPEM)
    }
}
