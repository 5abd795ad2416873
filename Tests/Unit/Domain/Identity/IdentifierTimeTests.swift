import Domain
import Testing

@Suite("The time of an identifier")
struct IdentifierTimeTests {
    @Test("Any 128 bits have a time, the latest ones the end of time")
    func everyValue() {
        #expect(Identifier(high: .max, low: .max).time == WallTime(nanoseconds: .max))
        #expect(Identifier(high: 0, low: 0).time == WallTime(nanoseconds: 0))
        let made = Identifier(
            time: WallTime(nanoseconds: 1_700_000_000_123_456_789), randomHigh: .max, randomLow: .max)
        #expect(made.time == WallTime(nanoseconds: 1_700_000_000_123_000_000))
    }
}
