import Domain
import Testing

@Suite("The choice of a media type")
struct AcceptedMediaTests {
    private static let lines = "application/x-ndjson"
    private static let json = "application/json"

    @Test(
        "The special form is for who names it as gladly as the usual one",
        arguments: [
            (nil, false), ("", false), ("*/*", false), ("application/*", false), (lines, true),
            ("Application/X-NDJSON", true), ("\(lines), */*", true), ("\(json), \(lines)", true),
            ("\(lines);q=0.5, \(json)", false), ("\(lines);q=0.5, \(json);q=0.4", true),
            ("\(lines);q=0", false), ("\(lines);q=0.000, text/html", false), ("\(lines);q=0.1", true),
            ("\(lines);q=0.5, */*", false), ("\(lines);q=0.5, */*;q=0.4", true),
            ("\(lines);q=0.5, application/*;q=0.7, */*;q=0.1", false),
            ("\(lines);q=0.5, \(json);q=0.1, */*", true), ("\(lines);charset=utf-8", true),
            ("\(lines); charset=\"a,b;q=0\" ; Q=0.9", true), ("\(lines)-extra", false),
            ("text/plain;note=\"\(lines)\"", false), (",, \(lines) ,", true), ("\(lines);q=1.000", true),
        ] as [(String?, Bool)])
    func choice(field: String?, expected: Bool) {
        #expect(AcceptedMedia.prefers(Self.lines, over: Self.json, accepting: field) == expected)
    }

    @Test(
        "What cannot be read asks for nothing",
        arguments: [
            "\(lines);q=2", "\(lines);q=0.1234", "\(lines);q", "\(lines);q=", "\(lines) \(json)", "json",
            "*/x-ndjson, \(lines)", "application/, \(lines)", "/json, \(lines)", "\"\(lines)\"",
            "\(lines);a=\"open",
            Array(repeating: lines, count: Limits.acceptedMediaMax + 1).joined(separator: ","),
        ])
    func unreadable(field: String) {
        #expect(AcceptedMedia(parsing: field) == nil)
        #expect(!AcceptedMedia.prefers(Self.lines, over: Self.json, accepting: field))
    }

    private static let types = ["text", "application", "*"]
    private static let subtypes = ["json", "html", "x-ndjson", "*"]

    private static func range(_ generator: inout SeededGenerator) -> AcceptedMedia.MediaRange {
        let type = types.randomElement(using: &generator) ?? ""
        let subtype = type == "*" ? "*" : subtypes.randomElement(using: &generator) ?? ""
        let weight = [0, 1, 10, 100, 500, 999, 1000].randomElement(using: &generator) ?? 0
        return AcceptedMedia.MediaRange(type: type, subtype: subtype, weight: weight)
    }

    /// One of the ways to write a range.
    private static func text(_ range: AcceptedMedia.MediaRange, _ generator: inout SeededGenerator) -> String
    {
        let blank = ["", " ", "\t "].randomElement(using: &generator) ?? ""
        let other = ["", ";a=b", ";\(blank)c=\"q=0, ;\""].randomElement(using: &generator) ?? ""
        let name =
            Bool.random(using: &generator)
            ? range.type + "/" + range.subtype : range.type.uppercased() + "/" + range.subtype
        let digits = String(range.weight + 1000).dropFirst()
        let weight =
            range.weight == 1000
            ? ["", ";q=1", ";Q=1.0"].randomElement(using: &generator) ?? "" : ";\(blank)q=0.\(digits)"
        return blank + name + other + blank + weight + blank
    }

    @Test("A list that was written is read as what it is, however it was written", arguments: 0..<200)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ranges = (0..<Int.random(in: 0...8, using: &generator)).map { _ in Self.range(&generator) }
        let field = ranges.map { Self.text($0, &generator) }.joined(separator: ",")
        #expect(AcceptedMedia(parsing: field)?.ranges == ranges, "\(field)")
    }

    @Test("The weight is that of the most particular range, in whatever order they stand", arguments: 0..<200)
    func weights(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let ranges = (0..<Int.random(in: 0...8, using: &generator)).map { _ in Self.range(&generator) }
        func accepted(_ ranges: [AcceptedMedia.MediaRange]) throws -> AcceptedMedia {
            let field = ranges.map { Self.text($0, &generator) }.joined(separator: ",")
            return try #require(AcceptedMedia(parsing: field))
        }
        let (list, shuffled) = (try accepted(ranges), try accepted(ranges.shuffled(using: &generator)))
        for (type, subtype) in [("application", "json"), ("text", "html"), ("image", "png")] {
            let matching = ranges.filter {
                [type, "*"].contains($0.type) && [subtype, "*"].contains($0.subtype)
            }
            func stars(_ range: AcceptedMedia.MediaRange) -> Int {
                (range.type == "*" ? 1 : 0) + (range.subtype == "*" ? 1 : 0)
            }
            let fewest = matching.map(stars).min()
            let expected = matching.filter { stars($0) == fewest }.map(\.weight).max() ?? 0
            #expect(list.weight(of: type + "/" + subtype) == expected)
            #expect(shuffled.weight(of: type + "/" + subtype) == expected)
        }
    }

    @Test(
        "No bytes bring the parser down, and what it reads never prefers what is refused", arguments: 0..<300)
    func anyText(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pieces = ["application/x-ndjson", "/", ";", "q=", "0", ".", "*", ",", " ", "\"", "\\", "é", "="]
        let field = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
            pieces.randomElement(using: &generator) ?? ""
        }.joined()
        let prefers = AcceptedMedia.prefers(Self.lines, over: Self.json, accepting: field)
        let weight = AcceptedMedia(parsing: field)?.weight(of: Self.lines) ?? 0
        #expect(!prefers || weight > 0, "\(field)")
    }
}
