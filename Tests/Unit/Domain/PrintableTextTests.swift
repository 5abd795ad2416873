import Domain
import Testing

@Suite("Printable text")
struct PrintableTextTests {
    @Test(
        "What does not print becomes a question mark, and the rest stays",
        arguments: [
            ("plain", "`plain`"), ("", "``"), ("a\nb", "`a?b`"), ("\u{1B}[2J", "`?[2J`"), ("\u{7F}", "`?`"),
            ("\u{9B}1m", "`?1m`"), ("\u{202E}evil", "`?evil`"), ("\u{2066}x", "`?x`"),
            ("a\u{2028}b", "`a?b`"),
            ("\u{FEFF}x", "`?x`"), ("\u{E000}", "`?`"), ("é € 日本 😀", "`é € 日本 😀`"),
            ("e\u{301}", "`e\u{301}`"),
        ])
    func quoted(text: String, expected: String) {
        #expect(PrintableText.quoted(text) == expected)
    }

    @Test("A long text is cut, and one of exactly the bound is not")
    func cut() {
        let whole = String(repeating: "x", count: PrintableText.scalarsMax)
        #expect(PrintableText.quoted(whole) == "`\(whole)`")
        #expect(PrintableText.quoted(whole + "y") == "`\(whole)...`")
    }

    @Test("Every scalar there is either prints or becomes a question mark")
    func everyScalar() {
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = PrintableText.withoutControls(String(scalar))
            let isControl = value < 0x20 || (0x7F...0x9F).contains(value)
            #expect(!isControl || text == "?", "U+\(String(value, radix: 16))")
            #expect(text == "?" || text == String(scalar))
        }
    }
}
