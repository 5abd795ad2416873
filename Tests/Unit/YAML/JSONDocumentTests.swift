import Testing
import YAML

@Suite("JSON documents")
struct JSONDocumentTests {
    private func value(_ text: String) throws -> YAMLNode.Value {
        try JSONDocument.parse(Array(text.utf8)).value
    }

    private func failure(_ text: String) -> DocumentError? {
        do throws(DocumentError) {
            _ = try JSONDocument.parse(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test("A document is the same tree as its YAML twin, lines included")
    func sameAsYAML() throws {
        let text = """
            {
              "server": {"listen_addr": ":8443",
                         "max_connections": 10},
              "list": ["a", "b"],
              "flag": true, "none": null, "empty": {}, "nothing": []
            }
            """
        let json = try JSONDocument.parse(Array(text.utf8))
        #expect(try YAMLDocument.parse(Array(text.utf8)) == json)
    }

    @Test(
        "Every escape is read",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\ud83d\ude00""#, "😀"),
            (#""e\u0301""#, "e\u{301}"),
            (#""😀""#, "😀"),
        ])
    func escapes(text: String, expected: String) throws {
        #expect(try value(text) == .scalar(expected, .quoted))
    }

    @Test(
        "Numbers keep their spelling", arguments: ["0", "-0", "10", "1.5", "-1.25e+10", "1E3", "0.0", "2e-7"])
    func numbers(text: String) throws {
        #expect(try value(text) == .scalar(text, .plain))
    }

    @Test(
        "What RFC 8259 does not allow is refused",
        arguments: [
            "", " ", "{", "[", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[1 2]", "{a:1}", "{'a':1}", "01",
            "-",
            "1.", ".5", "1e", "+1", "0x1", "NaN", "tru", "truee", "nul", "\"", "\"\\", "\"\\u12",
            "\"\\u12G4\"",
            "\"\\x\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"a\nb\"", "\"\u{1}\"", "// c\n1",
            "/* c */ 1", "1 1", "{} {}", "{\"a\":1 \"b\":2}", "{\"a\" 1}", "\u{FEFF}1", "[1]]",
            "{\"a\":1,\"a\":2}",
        ])
    func refused(text: String) {
        #expect(failure(text) != nil)
    }

    @Test("An error names the line it is in")
    func lines() {
        #expect(failure("{\n\"a\": 1,\n\"b\": tru\n}")?.line == 3)
        #expect(failure("{\n\"a\": 1,\n\n\"a\": 2}")?.message == "the key `a` is here again, first in line 2")
        #expect(failure("[\n\n")?.line == 3)
    }

    @Test("Depth and size have bounds, and broken UTF-8 is refused")
    func bounds() {
        let nested = { (depth: Int) in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(failure(nested(DocumentLimits.depthMax)) == nil)
        #expect(failure(nested(DocumentLimits.depthMax + 1))?.message.contains("nested deeper") == true)
        #expect(failure(nested(400_000))?.message.contains("nested deeper") == true)
        #expect(failure(String(repeating: " ", count: DocumentLimits.bytesMax + 1))?.line == 1)
        #expect(throws: DocumentError.self) { try JSONDocument.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: DocumentError.self) { try JSONDocument.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    /// The document that a tree stands for, in one line.
    private func written(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, .plain): return text
        case .scalar(let text, .quoted): return quoted(text)
        case .sequence(let elements): return "[" + elements.map(written).joined(separator: ",") + "]"
        case .mapping(let entries):
            return "{" + entries.map { quoted($0.key) + ":" + written($0.node) }.joined(separator: ",") + "}"
        }
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
                ? "\\u00" + String(scalar.value >> 4, radix: 16) + String(scalar.value & 15, radix: 16)
                : String(scalar)
        }
        return "\"" + escaped.joined() + "\""
    }

    @Test("A mangled document is refused, or means the same when it is written again", arguments: [1, 2, 3])
    func mangled(seed: UInt64) throws {
        let base = Array(
            #"{"a": [1, -2.5e3, "x\u00e9\n"], "b": {"c": null, "d": true}, "e": "\ud83d\ude00"}"#.utf8)
        var state = seed
        var accepted = 0
        for round in 0..<5_000 {
            var bytes = base
            for _ in 0...Int(state >> 50) % 2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 24)
            }
            _ = try? YAMLDocument.parse(bytes)
            guard let tree = try? JSONDocument.parse(bytes) else { continue }
            accepted += 1
            let text = written(tree)
            let again = try JSONDocument.parse(Array(text.utf8))
            #expect(written(again) == text, "seed \(seed), round \(round)")
        }
        #expect(accepted > 0)
    }
}
