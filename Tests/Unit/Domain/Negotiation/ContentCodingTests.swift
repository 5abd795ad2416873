import Domain
import Testing

@Suite("The choice of a content coding")
struct ContentCodingTests {
    @Test(
        "Takes what the client likes best, and of equals what the server likes best",
        arguments: [
            (nil, nil), ("", nil), ("gzip", .gzip), ("GZIP", .gzip), ("x-gzip", .gzip), ("gzip, zstd", .zstd),
            ("gzip, zstd;q=0.9", .gzip), ("gzip;q=0.5 , zstd ; q=0.501", .zstd), ("*", .zstd),
            ("*;q=0.5, gzip", .gzip), ("zstd;q=0, *", .gzip), ("*;q=0", nil), ("br, deflate", nil),
            ("gzip;q=0", nil), ("identity", nil), ("identity, gzip;q=0.5", nil),
            ("identity;q=0.5, gzip", .gzip),
            ("identity, gzip", .gzip), ("identity;q=0", nil), ("gzip;q=1.000", .gzip), (",gzip,,", .gzip),
            ("gzip;q=0.000", nil),
        ] as [(String?, ContentCoding?)])
    func choice(field: String?, expected: ContentCoding?) {
        #expect(ContentCoding.choose(accepting: field, from: [.zstd, .gzip]) == expected)
    }

    @Test(
        "What cannot be read gets the plain representation",
        arguments: [
            "gzip;q=2", "gzip;q=0.1234", "gzip;q", "gzip;level=1", "gzip zstd", "gzip;q=1.5", "\"gzip\"",
            "gzip;q=.5", (0...32).map { "a\($0)" }.joined(separator: ",") + ",gzip",
        ])
    func unreadable(field: String) {
        #expect(ContentCoding.choose(accepting: field, from: [.zstd, .gzip]) == nil)
    }

    @Test("Nothing is chosen that is not offered")
    func offered() {
        #expect(ContentCoding.choose(accepting: "zstd, gzip;q=0.1", from: [.gzip]) == .gzip)
        #expect(ContentCoding.choose(accepting: "*", from: []) == nil)
    }

    @Test(
        "A tag that names a coding is another, and a condition on it means the state",
        arguments: ContentCoding.allCases)
    func tags(coding: ContentCoding) {
        let plain = EntityTag(opaque: "abc-1")
        let coded = plain.coded(coding)
        #expect(coded != plain)
        #expect(coded.uncoded == plain)
        #expect(plain.uncoded == plain)
        #expect(TagCondition(parsing: coded.description) == .tags([plain]))
    }
}
