import API
import Testing

@Suite("JSON")
struct JSONTests {
    private func parse(_ text: String) throws(JSONError) -> JSONValue {
        try JSONReader.parse(Array(text.utf8))
    }

    @Test("Values of every kind are read")
    func values() throws {
        let value = try parse(#" {"a":[1,-2,true,false,null,"x\n\u00e9\ud83d\ude00"],"b":1.5e3,"c":{}} "#)
        #expect(
            value
                == .object([
                    .init(
                        name: "a",
                        value: .array([
                            .integer(1), .integer(-2), .boolean(true), .boolean(false), .null,
                            .string("x\né😀"),
                        ])),
                    .init(name: "b", value: .number("1.5e3")), .init(name: "c", value: .object([])),
                ]))
    }

    @Test(
        "What is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1 2", "nul", "\"\\x\"", "\"\u{01}\"",
            "\"\\ud800\"",
            "{a:1}", "'a'", "+1", "1.", ".5", "[1 2]", "\"open", String(repeating: "[", count: 40),
        ])
    func refusals(text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test("What is written reads back the same")
    func roundTrip() throws {
        let text = "quote \" backslash \\ newline \n tab \t nul-like \u{1} del \u{7F} é 😀"
        var json = JSONWriter()
        json.beginObject()
        json.member("text", text)
        json.member("number", -5)
        json.key("list")
        json.beginArray()
        json.value(true)
        json.null()
        json.endArray()
        json.endObject()
        let expected: JSONValue = .object([
            .init(name: "text", value: .string(text)), .init(name: "number", value: .integer(-5)),
            .init(name: "list", value: .array([.boolean(true), .null])),
        ])
        #expect(try JSONReader.parse(json.bytes) == expected)
    }
}
