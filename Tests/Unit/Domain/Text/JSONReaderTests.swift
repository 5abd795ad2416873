import Domain
import Testing

@Suite("Reading JSON")
struct JSONReaderTests {
    private func parse(_ text: String) throws(JSONError) -> JSONNode {
        try JSONReader.parse(Array(text.utf8))
    }

    @Test("Values of every kind are read, with their lines")
    func values() throws {
        let node = try parse("{\"a\":\n[1,-2.5e3,true,false,null,\"x\\n\\u00e9\\ud83d\\ude00\"]}")
        guard case .object(let members) = node.value, case .array(let elements)? = members.first?.node.value
        else {
            Issue.record("no object with an array")
            return
        }
        #expect(members.map(\.name) == ["a"])
        #expect(members.first?.nameLine == 1)
        #expect(elements.allSatisfy { $0.line == 2 })
        #expect(
            elements.map(\.value) == [
                .number("1"), .number("-2.5e3"), .boolean(true), .boolean(false), .null, .string("x\né😀"),
            ])
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1 2", "nul", "\"\\x\"", "\"\u{01}\"",
            "\"\\ud800\"", "{a:1}", "'a'", "+1", "1.", ".5", "[1 2]", "\"open", "-", "1e", "[1,2}",
            String(repeating: "[", count: 40),
        ])
    func refusals(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test("A duplicate is told with both lines")
    func duplicates() {
        #expect(throws: JSONError(line: 3, message: "the key `a` is here again, first in line 2")) {
            try parse("{\n\"a\":1,\n\"a\":2}")
        }
    }
}
