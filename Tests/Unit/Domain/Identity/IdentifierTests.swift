import Domain
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    @Test("Identifiers sort by the time they were made, in memory, as text and as bytes", arguments: 1...4)
    func order(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            let milliseconds = generator.number(in: 0...4_000_000_000_000)
            let earlier = WallTime(nanoseconds: Int64(milliseconds) * 1_000_000)
            let later = earlier + .milliseconds(1 + Int64(generator.number(below: 1_000)))
            let (one, two) = (generator.identifier(at: earlier), generator.identifier(at: later))
            let failure = "seed \(seed), round \(round): \(one) \(two)"
            #expect(one < two && one.description < two.description, "\(failure)")
            #expect(one.bytes.lexicographicallyPrecedes(two.bytes) && one.time == earlier, "\(failure)")
            #expect(Identifier(one.description) == one && Identifier(bytes: one.bytes) == one, "\(failure)")
        }
    }

    @Test("An identifier is a UUID of version 7 and of the RFC's variant")
    func version() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let bytes = generator.identifier(at: WallTime(nanoseconds: 1_700_000_000_000_000_000)).bytes
            #expect(bytes[6] >> 4 == 7 && bytes[8] >> 6 == 2)
        }
    }

    @Test(
        "What is no identifier is refused",
        arguments: [
            "", "0", String(repeating: "0", count: 31), String(repeating: "0", count: 33),
            String(repeating: "A", count: 32), String(repeating: "g", count: 32),
            "00000000-0000-7000-8000-000000000000",
        ])
    func malformed(text: String) {
        #expect(Identifier(text) == nil)
    }

    @Test("The root has the same identifier everywhere, before all others")
    func root() {
        var generator = SeededGenerator(seed: 1)
        #expect(InodeID.root.description == String(repeating: "0", count: 31) + "1")
        #expect(InodeID.root < InodeID(generator.identifier(at: .epoch)))
        #expect(Identifier(bytes: [1, 2, 3]) == nil)
    }
}
