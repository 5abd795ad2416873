package import Domain

/// Where every random number of a run comes from: one stream a purpose, each derived from the seed and the
/// purpose's name alone. So one more draw in one place moves nothing in another, and a new purpose leaves the
/// old ones as they were.
package struct Streams: Sendable {
    package let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    package func stream(_ purpose: String) -> RandomStream {
        RandomStream(SeededGenerator(seed: Digest64.of(purpose, startingFrom: seed)))
    }
}

/// A stream of random numbers that several parts of a run draw from. Confined to the thread of its run.
package final class RandomStream: @unchecked Sendable {
    package var generator: SeededGenerator

    package init(_ generator: SeededGenerator) { self.generator = generator }

    package func next() -> UInt64 { generator.next() }
    package func number(in range: ClosedRange<Int>) -> Int { generator.number(in: range) }
    package func happens(_ ratio: Ratio) -> Bool { generator.happens(ratio) }

    /// True as often as so many in a thousand.
    package func happens(perMille: Int) -> Bool { perMille > 0 && generator.number(below: 1_000) < perMille }

    package func element<Elements: RandomAccessCollection>(of elements: Elements) -> Elements.Element {
        generator.element(of: elements)
    }

    package func shuffled<Element>(_ elements: [Element]) -> [Element] { generator.shuffled(elements) }

    /// Between two durations, each microsecond equally likely.
    package func duration(_ shortest: Duration, _ longest: Duration) -> Duration {
        let low = Int(shortest.wholeNanoseconds / 1_000)
        let high = Int(longest.wholeNanoseconds / 1_000)
        return .microseconds(generator.number(in: low...max(low, high)))
    }

    /// Mostly near the shortest, rarely as long as the longest: each of twelve halvings of the range is
    /// equally likely to be its bound. What networks and disks do, without floating point.
    package func longTail(_ shortest: Duration, _ longest: Duration) -> Duration {
        let halvings = number(in: 0...11)
        let span = longest.wholeNanoseconds - shortest.wholeNanoseconds
        return duration(shortest, shortest + .nanoseconds(max(0, span) >> Int64(halvings)))
    }

    package func fork() -> RandomStream { RandomStream(generator.fork()) }
}

/// A running digest of numbers that tells any two sequences apart and is no secret.
package struct Digest64: Sendable, Equatable {
    package private(set) var value: UInt64

    package init(_ value: UInt64 = 0x9E37_79B9_7F4A_7C15) { self.value = value }

    package mutating func mix(_ word: UInt64) {
        var mixed = (value ^ word) &* 0xFF51_AFD7_ED55_8CCD
        mixed ^= mixed >> 32
        value = mixed &* 0xC4CE_B9FE_1A85_EC53 &+ 0x1656_67B1
    }

    package mutating func mix(_ text: StaticString) {
        text.withUTF8Buffer { bytes in for byte in bytes { mix(UInt64(byte)) } }
    }

    package static func of(_ text: String, startingFrom start: UInt64 = 0) -> UInt64 {
        var digest = Digest64()
        digest.mix(start)
        for byte in text.utf8 { digest.mix(UInt64(byte)) }
        return digest.value
    }
}
