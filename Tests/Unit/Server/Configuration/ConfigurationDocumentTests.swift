private import Glibc
import Server
import Testing

@Suite("The documents made from the table")
struct ConfigurationDocumentTests {
    @Test("The example loads to the defaults as it is")
    func example() throws {
        let fixture = ConfigurationFixture(yaml: ExampleDocument.text)
        #expect(fixture.problems == [])
        #expect(try fixture.load().settings == ConfigurationFixture().load().settings)
    }

    @Test("The example still loads to the defaults when every key is taken out of its comment")
    func exampleUncommented() throws {
        let lines = ExampleDocument.text.split(separator: "\n", omittingEmptySubsequences: false)
        var count = 0
        let text = lines.map { line -> String in
            let indent = line.prefix { $0 == " " }
            let rest = line.dropFirst(indent.count)
            guard rest.first == "#", let next = rest.dropFirst().first, next.isLetter else {
                return String(line)
            }
            count += 1
            return String(indent + rest.dropFirst())
        }.joined(separator: "\n")
        #expect(count == SettingTable.keys.count)
        let fixture = ConfigurationFixture(yaml: text)
        #expect(fixture.problems == [])
        #expect(try fixture.load().settings == ConfigurationFixture().load().settings)
    }

    @Test("docs/CONFIGURATION.md is what the table says")
    func reference() throws {
        let path = #filePath.split(separator: "/").dropLast(5).map { "/" + $0 }.joined()
        let content = try ConfigurationHost.process(sha256: { $0 }).readFile(path + "/docs/CONFIGURATION.md")
            .get()
        #expect(
            String(decoding: content, as: UTF8.self) == ReferenceDocument.text,
            "make it anew: swift run callfs config example --markdown > docs/CONFIGURATION.md")
    }

    @Test("The reference names every key in every spelling, and no line is broken by a value")
    func referenceIsComplete() {
        let rows = ReferenceDocument.text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count == SettingTable.keys.count)
        for name in SettingTable.keys.flatMap(\.names) {
            #expect(rows.contains { $0.contains("`\(name)`") }, "\(name)")
        }
    }
}
