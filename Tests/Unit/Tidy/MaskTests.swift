import Testing

@Suite("Masking leaves code and nothing else")
struct MaskTests {
    private func masked(_ text: String) -> String { String(decoding: maskedSwift(text), as: UTF8.self) }

    @Test("Comments are blanked, nested ones too, and lines stay where they were")
    func comments() {
        #expect(masked("a // try!\nb") == "a        \nb")
        #expect(masked("a /* x /* y */ try! */ b") == "a                      b")
        #expect(masked("/* 1\n2 */ c") == "    \n     c")
    }

    @Test("The insides of strings are blanked, their quotes stay")
    func strings() {
        #expect(masked(#"let a = "try!" + b"#) == #"let a = "    " + b"#)
        #expect(masked(##"let a = #"say "try!""# + b"##) == ##"let a = #"          "# + b"##)
        #expect(masked("\"\"\"\ntry! \"quoted\"\n\"\"\" + b") == "\"\"\"\n             \n\"\"\" + b")
        #expect(masked(#""\"" + try!"#) == #""  " + try!"#)
    }

    @Test("Code inside an interpolation stays code")
    func interpolation() {
        #expect(masked(#""a \(try! f("x")) b""#).contains(#"(try! f(" "))"#))
        #expect(!masked(#""\(a) try!""#).contains("try!"))
    }

    @Test("A comment mark in a string begins no comment, and a quote in a comment begins no string")
    func marksInsideEachOther() {
        #expect(masked(#""https://x" + b"#).hasSuffix(" + b"))
        #expect(masked("// don't \"\ntry!").hasSuffix("try!"))
    }

    @Test("Masking keeps every offset")
    func offsets() {
        let text = "let a = \"ä\" // ö\nlet b = 1"
        #expect(maskedSwift(text).count == text.utf8.count)
    }
}
