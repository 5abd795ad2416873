import API
import Domain
import Testing

@Suite("JSON that the API writes")
struct JSONTests {
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
        let list = JSONNode(.array([JSONNode(.boolean(true), line: 1), JSONNode(.null, line: 1)]), line: 1)
        #expect(
            try JSONReader.parse(json.bytes).value
                == .object([
                    .init(name: "text", nameLine: 1, node: JSONNode(.string(text), line: 1)),
                    .init(name: "number", nameLine: 1, node: JSONNode(.number("-5"), line: 1)),
                    .init(name: "list", nameLine: 1, node: list),
                ]))
    }
}
