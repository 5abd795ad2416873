import Domain
import Testing

@Suite("Percent-encoding")
struct PercentEncodingTests {
    @Test("Any text survives being encoded as a segment, in unreserved characters", arguments: 1...4)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            let scalars = (0..<generator.number(below: 20)).map { _ in
                Unicode.Scalar(UInt32(generator.number(below: 0x3000))) ?? "x"
            }
            let text = String(String.UnicodeScalarView(scalars.filter { $0 != "/" }))
            let encoded = PercentEncoding.encode(segment: text)
            let decoded = try PercentEncoding.decode(encoded)
            let isPlain = encoded.utf8.allSatisfy { byte in
                Unicode.Scalar(byte).properties.isAlphabetic && byte < 0x80 || (0x30...0x39).contains(byte)
                    || "-._~%".utf8.contains(byte)
            }
            #expect(
                decoded.utf8.elementsEqual(text.utf8) && isPlain, "seed \(seed), round \(round): \(encoded)")
        }
    }

    @Test("It is decoded once: what looks encoded after that stays")
    func once() throws {
        #expect(try PercentEncoding.decode("%2561") == "%61")
        #expect(try PercentEncoding.decode("a+b%20c") == "a+b c")
        #expect(try PercentEncoding.decode("%c3%A9") == "é")
    }

    @Test(
        "What is broken is refused",
        arguments: [
            ("%", PathRules.Rule.brokenPercentEncoding), ("%4", .brokenPercentEncoding),
            ("%g1", .brokenPercentEncoding),
            ("a%", .brokenPercentEncoding), ("%%41", .brokenPercentEncoding), ("%2F", .encodedSlash),
            ("%2f", .encodedSlash),
            ("%ff", .notUTF8), ("%C3", .notUTF8), ("%ED%A0%80", .notUTF8), ("%C0%AF", .notUTF8),
        ])
    func broken(text: String, rule: PathRules.Rule) {
        #expect(throws: PathRefusal(rule: rule)) { try PercentEncoding.decode(text) }
    }
}
