import Domain
import Testing

@Suite("Structured fields")
struct StructuredFieldsTests {
    @Test("Every kind of item is read, and parameters are read over")
    func items() throws {
        let dictionary = try #require(
            StructuredDictionary(
                parsing: "  a=1;p=2;q, b=-15 ,\tc=:aGVsbG8=:,d=tok/en, e=\"x \\\" \\\\\", f, g=?0, h=1.250  ")
        )
        let values: [String: StructuredItem] = Dictionary(
            uniqueKeysWithValues: dictionary.members.map { ($0.key, $0.value) })
        #expect(
            values == [
                "a": .integer(1), "b": .integer(-15), "c": .bytes(Array("hello".utf8)),
                "d": .token("tok/en"), "e": .string("x \" \\"), "f": .boolean(true), "g": .boolean(false),
                "h": .decimal("1.250"),
            ])
    }

    @Test("Of a key that is there twice the last counts, in the place of the first")
    func twice() throws {
        let dictionary = try #require(StructuredDictionary(parsing: "a=1, b=2, a=3"))
        #expect(dictionary.members.map(\.key) == ["a", "b"])
        #expect(dictionary.members.first?.value == .integer(3))
    }

    @Test(
        "What is no dictionary is none",
        arguments: [
            "a=1,", "a=1 b=2", ",a", "A=1", "1=a", "a=", "a=;p", "a=(1 2)", "a=@1", "a=%\"x\"", "a=\"x",
            "a=:x:",
            "a=:aGVsbG8", "a=:aGVsbG8==:", "a=:aGVs_G8=:", "a=?2", "a=1;", "a=1;=", "a=--1",
            "a=1234567890123456",
            "a=1.", "a=1.2345", "a=\"\\x\"", "a=é",
        ])
    func malformed(_ text: String) {
        #expect(StructuredDictionary(parsing: text) == nil)
    }

    @Test("Members are bounded")
    func bounds() {
        let keys = (0...Limits.structuredMembersMax).map { "k\($0)" }
        #expect(StructuredDictionary(parsing: keys.dropLast().joined(separator: ",")) != nil)
        #expect(StructuredDictionary(parsing: keys.joined(separator: ",")) == nil)
    }

    @Test("A single item stands alone")
    func single() {
        #expect(StructuredItem(parsing: " \"key 1\";v=1 ") == .string("key 1"))
        #expect(StructuredItem(parsing: "\"a\" \"b\"") == nil)
        #expect(StructuredItem(parsing: "") == nil)
    }

    @Test("Base64 goes both ways, with and without padding")
    func base64() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 251 &* $0 &+ 62) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count == (count + 2) / 3 * 4)
            #expect(Base64.decode(text[...].utf8) == bytes)
            #expect(Base64.decode(text.prefix { $0 != "=" }.utf8) == bytes)
        }
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
    }
}
