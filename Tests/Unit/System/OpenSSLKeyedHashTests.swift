import CLinux
import Domain
import HostSystem
import Ports
import Testing

@Suite("Digests and authentication codes")
struct OpenSSLKeyedHashTests {
    private let hash = OpenSSLKeyedHash()

    @Test(
        "SHA-256 of the examples of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digest(text: String, expected: String) {
        let bytes = Array(text.utf8)
        #expect(hexadecimal(bytes.withUnsafeBytes { hash.sha256($0) }) == expected)
        let running = hash.startDigest(.sha256)
        for byte in bytes { withUnsafeBytes(of: byte) { running.update($0) } }
        running.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(hexadecimal(running.finish()) == expected)
    }

    /// RFC 4231, cases 1, 2, 3 and 6, and the empty key and text.
    @Test(
        "HMAC-SHA256 of the examples of RFC 4231, and of nothing",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ] as [([UInt8], [UInt8], String)])
    func code(key: [UInt8], text: [UInt8], expected: String) {
        #expect(hexadecimal(text.withUnsafeBytes { hash.hmacSHA256(key: key, $0) }) == expected)
    }

    @Test("SHA-512 of the examples of FIPS 180-4, and CRC32c of those of RFC 3720 appendix B.4")
    func otherDigests() {
        func digest(_ algorithm: DigestAlgorithm, _ bytes: [UInt8]) -> String {
            let running = hash.startDigest(algorithm)
            bytes.withUnsafeBytes { running.update($0) }
            return hexadecimal(running.finish())
        }
        let abc = digest(.sha512, Array("abc".utf8))
        #expect(abc.hasPrefix("ddaf35a193617abacc417349ae204131"))
        #expect(abc.hasSuffix("454d4423643ce80e2a9ac94fa54ca49f"))
        #expect(digest(.crc32c, Array("123456789".utf8)) == "e3069283")
        #expect(digest(.crc32c, Array(repeating: 0, count: 32)) == "8a9136aa")
        #expect(digest(.crc32c, Array(repeating: 0xFF, count: 32)) == "62a8ab43")
        #expect(digest(.crc32c, Array(0..<32)) == "46dd794e")
        #expect(digest(.crc32c, []) == "00000000")
    }

    @Test("CRC32c by the processor and by tables are the same, at every length and cut")
    func checksums() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: 37 &* $0) }
        bytes.withUnsafeBytes { all in
            for count in 0...all.count {
                let whole = callfs_crc32c(0, all.baseAddress, count)
                #expect(whole == callfs_crc32c_by_tables(0, all.baseAddress, count))
                let head = callfs_crc32c(0, all.baseAddress, count / 3)
                let rest = UnsafeRawBufferPointer(rebasing: all[(count / 3)..<count])
                #expect(whole == callfs_crc32c_by_tables(head, rest.baseAddress, rest.count))
            }
        }
    }

    @Test("Two running digests do not disturb each other")
    func independent() {
        let first = hash.startDigest(.sha256)
        let second = hash.startDigest(.sha256)
        withUnsafeBytes(of: UInt8(0x61)) { first.update($0) }
        withUnsafeBytes(of: UInt8(0x62)) { second.update($0) }
        let one = first.finish()
        #expect(one == [UInt8]("a".utf8).withUnsafeBytes { hash.sha256($0) })
        #expect(second.finish() == [UInt8]("b".utf8).withUnsafeBytes { hash.sha256($0) })
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
