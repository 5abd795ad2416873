import Testing
import YAML

@Suite("YAML documents")
struct YAMLDocumentTests {
    private func parse(_ text: String) throws -> YAMLNode? { try YAMLDocument.parse(Array(text.utf8)) }

    private func failure(_ text: String) -> DocumentError? {
        do throws(DocumentError) {
            _ = try YAMLDocument.parse(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("Scalars, sequences and mappings come with order, style and line")
    func tree() throws {
        let text = """
            # comment
            server:
              listen_addr: ":8443"
              timeout: 30s
            list:
              - a
              - 'b c'
            flow: {x: [1, 2]}
            block: |
              two
              lines
            none:
            """
        let root = try #require(try parse(text))
        guard case .mapping(let entries) = root.value else {
            Issue.record("not a mapping")
            return
        }
        #expect(entries.map(\.key) == ["server", "list", "flow", "block", "none"])
        #expect(entries.map(\.keyLine) == [2, 5, 8, 9, 12])
        guard case .mapping(let server) = entries[0].node.value,
            case .sequence(let list) = entries[1].node.value
        else {
            Issue.record("not the shape that was written")
            return
        }
        #expect(server[0].node == YAMLNode(.scalar(":8443", .quoted), line: 3))
        #expect(server[1].node == YAMLNode(.scalar("30s", .plain), line: 4))
        #expect(
            list == [YAMLNode(.scalar("a", .plain), line: 6), YAMLNode(.scalar("b c", .quoted), line: 7)])
        #expect(entries[3].node.value == .scalar("two\nlines\n", .quoted))
        #expect(entries[4].node.isNull)
    }

    @Test("A text without a value is no document", arguments: ["", "# only a comment\n", "\n\n", "\u{FEFF}"])
    func empty(text: String) throws {
        #expect(try parse(text) == nil)
    }

    @Test("A byte order mark before the document is passed over")
    func byteOrderMark() throws {
        let root = try #require(try parse("\u{FEFF}a: 1"))
        #expect(
            root.value == .mapping([.init(key: "a", keyLine: 1, node: .init(.scalar("1", .plain), line: 1))]))
    }

    @Test(
        "What a configuration must not hold is refused with its line",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", 3, "here again"),
            ("a: {b: 1, c: 2, b: 3}", 1, "here again"),
            ("a: &x 1\n", 1, "anchors"),
            ("a: 1\nb: *x\n", 2, "anchors"),
            ("- &x [a]\n- *x\n", 1, "anchors"),
            ("a: !!str 1\n", 1, "tags"),
            ("a: 1\n---\nb: 2\n", 2, "second document"),
            ("? [a, b]\n: c\n", 1, "plain name"),
            ("a: [1, 2\nb: 3\n", 2, ""),
            ("a: 'open\n", 2, ""),
            ("a:\n\t- b\n", 2, ""),
            ("a: b: c\n", 1, ""),
            ("a: \"\\q\"\n", 1, ""),
            ("%YAML 9.9\n---\na: 1\n", 1, ""),
        ] as [(String, Int, String)])
    func refused(text: String, line: Int, word: String) throws {
        let error = try #require(failure(text))
        #expect(error.line == line)
        #expect(error.message.contains(word))
    }

    @Test("Bytes that are not UTF-8, and control characters, are refused")
    func encoding() {
        for bytes: [UInt8] in [[0x61, 0x3A, 0x20, 0xFF], [0xFE, 0xFF, 0, 0x61], [0x61, 0x3A, 0x20, 0x00]] {
            #expect(throws: DocumentError.self) { try YAMLDocument.parse(bytes) }
        }
    }

    @Test("Depth and size have bounds")
    func bounds() {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(failure(nested(DocumentLimits.depthMax)) == nil)
        #expect(failure(nested(DocumentLimits.depthMax + 1))?.message.contains("nested deeper") == true)
        #expect(failure(nested(100_000))?.message.isEmpty == false)
        #expect(failure(String(repeating: "a", count: DocumentLimits.bytesMax + 1))?.line == 1)
        let longKey = String(repeating: "k", count: DocumentLimits.keyBytesMax + 1)
        #expect(failure("\(longKey): 1")?.message.contains("key is longer") == true)
    }

    @Test("A message never repeats a value, and shows the name of a key without its control characters")
    func messages() throws {
        let error = try #require(failure("\"a\\eb\": hunter2\n\"a\\eb\": hunter2\n"))
        #expect(!error.message.contains("hunter2"))
        #expect(!error.message.contains("\u{1B}"))
        #expect(error.message.contains("`a?b`"))
    }
}
