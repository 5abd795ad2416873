import Domain
import Testing

@Suite("Byte ranges")
struct ByteRangeTests {
    private func select(_ field: String?, of size: UInt64 = 10_000) -> RangeSelection {
        RangeSelection(field: field, size: size)
    }

    @Test("The examples of RFC 9110 section 14.1.2 select what it says")
    func examples() {
        #expect(select("bytes=0-499") == .ranges([0..<500]))
        #expect(select("bytes=500-999") == .ranges([500..<1_000]))
        #expect(select("bytes=-500") == .ranges([9_500..<10_000]))
        #expect(select("bytes=9500-") == .ranges([9_500..<10_000]))
        #expect(select("bytes=0-0,-1") == .ranges([0..<1, 9_999..<10_000]))
        #expect(
            select("bytes= 0-999, 4500-5499, -1000") == .ranges([0..<1_000, 4_500..<5_500, 9_000..<10_000]))
        #expect(select("bytes=500-600,601-999") == .ranges([500..<601, 601..<1_000]))
        #expect(select("bytes=500-700,601-999") == .ranges([500..<1_000]))
    }

    @Test(
        "What is malformed, or of another unit, is ignored",
        arguments: [
            "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1", "bytes =0-1",
            "bytes=0 -1",
            "bytes=0- 1", "items=0-1", "bytes=0-1;2-3", "bytes=0-1 2-3", "bytes=--1", "bytes=0x0-1",
            "bytes=+1-2",
            "bytes=0-1,5-4", " bytes=0-1", "bytes:0-1",
        ])
    func ignored(field: String) {
        #expect(select(field) == .ignored)
    }

    @Test("Empty elements, blanks after commas and the case of the unit do not matter")
    func lenient() {
        #expect(select("BYTES=,0-1 ,\t 3-4,,") == .ranges([0..<2, 3..<5]))
        #expect(select(nil) == .ignored)
    }

    @Test("What lies beyond the end is cut off, or refused when nothing is left")
    func beyond() {
        #expect(select("bytes=9999-20000") == .ranges([9_999..<10_000]))
        #expect(select("bytes=10000-") == .unsatisfiable)
        #expect(select("bytes=-0") == .unsatisfiable)
        #expect(select("bytes=-20000") == .ranges([0..<10_000]))
        #expect(select("bytes=20000-,0-0") == .ranges([0..<1]))
        let huge = "99999999999999999999999999"
        #expect(select("bytes=0-" + huge) == .ranges([0..<10_000]))
        #expect(select("bytes=\(huge)-") == .unsatisfiable)
        #expect(select("bytes=\(huge)-\(huge)") == .unsatisfiable)
        #expect(select("bytes=-" + huge) == .ranges([0..<10_000]))
        #expect(select("bytes=0-18446744073709551615", of: .max) == .ranges([0..<UInt64.max]))
    }

    @Test("Of nothing there are no ranges, and its end is all of it")
    func empty() {
        #expect(select("bytes=0-", of: 0) == .unsatisfiable)
        #expect(select("bytes=-0", of: 0) == .unsatisfiable)
        #expect(select("bytes=-5", of: 0) == .ignored)
    }

    @Test("As many ranges as the limit are served, with one more the whole is sent, however many follow")
    func limit() {
        func field(_ count: Int) -> String {
            "bytes=" + (0..<count).map { "\($0 * 3)-\($0 * 3)" }.joined(separator: ",")
        }
        let ranges: [Range<UInt64>] = (0..<Limits.rangesMax).map { UInt64($0 * 3)..<UInt64($0 * 3 + 1) }
        #expect(select(field(Limits.rangesMax)) == .ranges(ranges))
        #expect(select(field(Limits.rangesMax + 1)) == .ignored)
        #expect(select(field(2_000)) == .ignored)
    }

    @Test("The selection holds each byte that was asked for, once, and no other", arguments: 1...8)
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            let size = generator.number(below: 40)
            var wanted: Set<UInt64> = []
            var isOrdered = true
            let specs = (0..<generator.number(below: 5) + 1).map { _ -> String in
                let (first, span) = (generator.number(below: 50), generator.number(below: 12))
                let bytes: Range<UInt64>
                let text: String
                switch generator.number(below: 3) {
                case 0: (text, bytes) = ("\(first)-", min(first, size)..<size)
                case 1:
                    (text, bytes) = (
                        "\(first)-\(first + span)", min(first, size)..<min(first + span + 1, size)
                    )
                default: (text, bytes) = ("-\(span)", (size - min(span, size))..<size)
                }
                isOrdered = isOrdered && wanted.isDisjoint(with: bytes)
                wanted.formUnion(bytes)
                return text
            }
            let field = "bytes=" + specs.joined(separator: ",")
            let failure = "seed \(seed), round \(round): \(field) of \(size)"
            switch select(field, of: size) {
            case .ignored: #expect(size == 0, "\(failure)")
            case .unsatisfiable: #expect(wanted.isEmpty, "\(failure)")
            case .ranges(let ranges):
                let bytes = ranges.flatMap(Array.init)
                #expect(Set(bytes) == wanted && bytes.count == wanted.count, "\(failure)")
                #expect(
                    ranges.allSatisfy { !$0.isEmpty } && (isOrdered || bytes == bytes.sorted()), "\(failure)")
            }
        }
    }

    @Test("If-Range holds for the very tag, and for nothing weaker, such as a date")
    func ifRange() throws {
        var inode = Inode.root(owner: UserID(1), group: GroupID(1), at: .epoch)
        inode.modifiedAt = try #require(WallTime(timestamp: "1994-11-06T08:49:37.9Z"))
        let tag = EntityTag(of: inode)
        func holds(_ text: String) -> Bool? {
            IfRange(parsing: text)?.holds(for: tag)
        }
        #expect(holds(tag.description) == true)
        #expect(holds("W/" + tag.description) == false)
        #expect(holds("\"x\"") == false)
        #expect(holds("Sun, 06 Nov 1994 08:49:37 GMT") == nil)
        #expect(holds("yesterday") == nil)
        #expect(holds("*") == nil)
    }
}
