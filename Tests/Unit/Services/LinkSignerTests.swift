import Domain
import Services
import TestSupport
import Testing

@Suite("Signatures of links")
struct LinkSignerTests {
    private let hash = TestKeyedHash()
    private let link = DownloadLink(
        path: FilePath(names: []), file: .root, issuer: "ada", expiresAt: WallTime(nanoseconds: 1_000))

    private func signer(_ secret: String, previous: String? = nil) -> LinkSigner {
        LinkSigner(secret: Array(secret.utf8), previous: previous.map { Array($0.utf8) }, hash: hash)
    }

    private func token(_ signer: LinkSigner) -> LinkToken {
        signer.token(
            id: Array(repeating: 7, count: LinkToken.idBytes), path: link.path, expiresAt: link.expiresAt)
    }

    @Test("A signature is known again, also by the secret before")
    func genuine() {
        let token = token(signer("one"))
        #expect(signer("one").isGenuine(token, for: link))
        #expect(signer("two", previous: "one").isGenuine(token, for: link))
    }

    @Test("Every bit of a signature counts, wherever it is")
    func everyBitCounts() {
        let genuine = token(signer("one"))
        for index in genuine.signature.indices {
            for bit in 0..<8 {
                var signature = genuine.signature
                signature[index] ^= 1 << bit
                let forged = LinkToken(id: genuine.id, signature: signature)
                #expect(!signer("one").isGenuine(forged, for: link))
            }
        }
    }

    @Test("No other secret makes a signature that passes")
    func otherSecrets() {
        let signer = signer("one")
        for number in 0..<2_000 {
            #expect(!signer.isGenuine(token(self.signer("other \(number)")), for: link))
        }
    }
}
