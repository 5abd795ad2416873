import Domain
import Testing

@Suite("Paths")
struct FilePathTests {
    /// Pieces that paths of clients, and of attackers, are made of.
    private static let pieces = [
        "/", "/", "/", "a", "b", ".", "..", "...", " ", "é", "e\u{301}", "日", "🙂", "\\", "\0", "\u{1F}",
        "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{200F}", "\u{61C}", "%", "%2F", "%2e", "%00", "%C3%A9",
        "%ff", "~", "&", "?", "#", "\u{FEFF}", "name", String(repeating: "x", count: 250), "\u{2028}",
    ]

    private func text(_ generator: inout SeededGenerator) -> String {
        let count = Int(generator.number(below: 12))
        return (0..<count).map { _ in generator.element(of: Self.pieces) }.joined()
    }

    /// The rules again, by scalars and from the other end.
    private func isAllowed(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255, name != ".", name != ".." else { return false }
        return name.unicodeScalars.allSatisfy { scalar in
            !"/\\".unicodeScalars.contains(scalar) && scalar.properties.generalCategory != .control
                && !scalar.properties.isBidiControl && scalar != "\u{2028}" && scalar != "\u{2029}"
        }
    }

    @Test("A path that is accepted breaks no rule, one that is refused breaks one", arguments: 1...8)
    func rules(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for round in 0..<4_000 {
            let text = text(&generator)
            let segments = text.utf8.split(separator: UInt8(ascii: "/")).map {
                String(decoding: $0, as: UTF8.self)
            }
            let isFine = text.utf8.count <= 4_096 && segments.allSatisfy(isAllowed)
            let path = try? FilePath(parsing: text)
            accepted += path == nil ? 0 : 1
            guard (path != nil) == isFine, path.map({ $0.names.map(\.text) == segments }) ?? true else {
                Issue.record("seed \(seed), round \(round): \(text.debugDescription)")
                return
            }
        }
        #expect(accepted > 100)
    }

    @Test("Any path survives being written and read, plainly and percent-encoded", arguments: 1...8)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            guard let path = try? FilePath(parsing: text(&generator)) else { continue }
            let encoded = PercentEncoding.encode(path: path)
            let requested = try RequestedPath(percentEncoded: encoded)
            let again = try FilePath(parsing: path.description)
            let isASCII = encoded.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            #expect(
                again == path && requested.path == path && isASCII, "seed \(seed), round \(round): \(path)")
            #expect(requested.hasTrailingSlash == path.names.isEmpty)
        }
    }

    @Test("Slashes at either end and empty segments make no difference, except that a last one is told")
    func slashes() throws {
        let plain = try FilePath(parsing: "/a/b")
        for text in ["a/b", "//a//b", "/a/b/", "a///b///"] {
            #expect(try FilePath(parsing: text) == plain)
            #expect(try RequestedPath(percentEncoded: text).hasTrailingSlash == text.hasSuffix("/"))
        }
        #expect(try FilePath(parsing: "") == .root)
        #expect(try FilePath(parsing: "///") == .root)
        #expect(FilePath.root.description == "/" && FilePath.root.parent == nil && FilePath.root.last == nil)
    }

    @Test("A path put together from parent and name is the path")
    func splitting() throws {
        let path = try FilePath(parsing: "/a/b/c")
        let (parent, last) = (try #require(path.parent), try #require(path.last))
        #expect(parent.appending(last) == path)
        #expect(
            path.isWithin(parent) && path.isWithin(path) && path.isWithin(.root) && !parent.isWithin(path))
        #expect(try !FilePath(parsing: "/ab").isWithin(FilePath(parsing: "/a")))
    }

    @Test(
        "Each rule refuses with its name and a sentence",
        arguments: [
            ("/a/../b", PathRules.Rule.dotSegment), ("/.", .dotSegment), ("a\0", .nul),
            ("a\u{1B}", .controlCharacter),
            ("\u{9F}", .controlCharacter), ("a\u{202E}b", .bidirectionalControl), ("a\\b", .backslash),
            (String(repeating: "a", count: 256), .nameTooLong),
            (String(repeating: "a/", count: 2_049), .pathTooLong),
        ])
    func eachRule(text: String, rule: PathRules.Rule) {
        let refusal = PathRefusal(rule: rule)
        #expect(throws: refusal) { try FilePath(parsing: text) }
        #expect(refusal.description.hasSuffix("."))
    }

    @Test("The longest names and paths are accepted")
    func longest() throws {
        #expect(try FileName(String(repeating: "é", count: 127) + "x").text.utf8.count == 255)
        let path = try FilePath(parsing: String(repeating: "/a", count: 2_048))
        #expect(path.names.count == Limits.pathDepthMax)
    }

    @Test("Names are told apart and ordered by their bytes, whatever Unicode thinks of them")
    func bytes() throws {
        let (composed, decomposed) = (try FileName("\u{E9}"), try FileName("e\u{301}"))
        #expect(composed != decomposed && Set([composed, decomposed]).count == 2)
        let names = try ["b", "B", "a", "é", "~", "aa", "日", "🙂"].map { try FileName($0) }
        let byBytes = names.sorted { Array($0.text.utf8).lexicographicallyPrecedes(Array($1.text.utf8)) }
        #expect(names.sorted() == byBytes)
    }
}
