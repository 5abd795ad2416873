import Domain
import Testing

@Suite("Digest fields")
struct DigestFieldTests {
    private let crc = DigestField.member(.crc32c, [0xE3, 0x06, 0x92, 0x83])

    @Test("What is written is read, and an unknown algorithm beside it is passed over")
    func roundTrip() throws {
        let sha = DigestField.member(.sha256, Array(repeating: 9, count: 32))
        let digests = try DigestField.parse("md5=:AAAA:, \(crc),\(sha)")
        #expect(digests.map(\.algorithm) == [.crc32c, .sha256])
        #expect(digests.first?.bytes == [0xE3, 0x06, 0x92, 0x83])
        #expect(crc == "crc32c=:4waSgw==:")
    }

    @Test("A field that nothing could be checked by is refused")
    func refused() {
        #expect(throws: DigestFieldRefusal.unknownAlgorithms) { try DigestField.parse("md5=:AAAA:") }
        #expect(throws: DigestFieldRefusal.malformed) { try DigestField.parse("sha-256=abc") }
        #expect(throws: DigestFieldRefusal.malformed) { try DigestField.parse("sha-256") }
        #expect(throws: DigestFieldRefusal.malformed) { try DigestField.parse("crc32c=:AAAAAA==") }
        #expect(throws: DigestFieldRefusal.wrongLength(.sha256)) { try DigestField.parse("sha-256=:AAAA:") }
    }

    @Test("The most wanted algorithm comes first, of equals the strongest; 0 is not wanted")
    func wanted() {
        #expect(
            WantedDigests(parsing: "crc32c=3, sha-512=1, sha-256=3, md5=10")?.preferred
                == [.sha256, .crc32c, .sha512])
        #expect(WantedDigests(parsing: "sha-512=0")?.preferred == [])
        #expect(WantedDigests(parsing: "sha-256=0")?.excludesDefault == true)
        #expect(WantedDigests(parsing: "sha-512=1")?.excludesDefault == false)
        for text in ["sha-256=11", "sha-256=-1", "sha-256", "sha-256=x", "sha-256=1.0", "sha-256=1,"] {
            #expect(WantedDigests(parsing: text) == nil)
        }
    }

    @Test("What is expected and not known is a mismatch")
    func mismatch() throws {
        let expected = try DigestField.parse(crc)
        #expect(Digests(crc32c: [0xE3, 0x06, 0x92, 0x83]).mismatch(with: expected) == nil)
        #expect(Digests(crc32c: [0, 0, 0, 0]).mismatch(with: expected) == .crc32c)
        #expect(Digests().mismatch(with: expected) == .crc32c)
        #expect(Digests().mismatch(with: []) == nil)
    }
}
