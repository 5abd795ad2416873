/// Numbers that look random and are the same for the same seed on every machine: for simulations and tests,
/// where a failure must be replayed, never for keys. xoshiro256** (Blackman and Vigna, "Scrambled linear
/// pseudorandom number generators", 2021), its state filled by splitmix64 (Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", 2014).
///
/// Nothing here uses floating point or the standard library's distributions, which may change between
/// versions.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var mixer = SplitMix64(state: seed)
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number below `bound`, each equally likely (Lemire, "Fast random integer generation in an interval",
    /// 2019).
    package mutating func number(below bound: UInt64) -> UInt64 {
        precondition(bound > 0)
        let threshold = (0 &- bound) % bound
        while true {
            let (high, low) = next().multipliedFullWidth(by: bound)
            if low >= threshold { return high }
        }
    }

    /// A number in a range, each equally likely.
    package mutating func number(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(bitPattern: Int64(range.upperBound) &- Int64(range.lowerBound))
        let offset = span == .max ? next() : number(below: span + 1)
        return Int(
            truncatingIfNeeded: Int64(bitPattern: UInt64(bitPattern: Int64(range.lowerBound)) &+ offset))
    }

    /// True as often as `ratio` says.
    package mutating func happens(_ ratio: Ratio) -> Bool {
        number(below: ratio.denominator) < ratio.numerator
    }

    /// One of the elements, each equally likely.
    package mutating func element<Elements: RandomAccessCollection>(
        of elements: Elements
    ) -> Elements.Element {
        precondition(!elements.isEmpty)
        let offset = Int(number(below: UInt64(elements.count)))
        return elements[elements.index(elements.startIndex, offsetBy: offset)]
    }

    /// All of the elements in an order that is equally likely as any other (Durstenfeld, 1964).
    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for index in result.indices.dropFirst().reversed() {
            result.swapAt(index, Int(number(below: UInt64(index) + 1)))
        }
        return result
    }

    /// A generator of its own: what is drawn from it changes nothing here, so that parts of a simulation can
    /// draw more or less without disturbing the others.
    package mutating func fork() -> SeededGenerator { SeededGenerator(seed: next()) }

    package mutating func identifier(at time: WallTime) -> Identifier {
        Identifier(time: time, randomHigh: next(), randomLow: next())
    }
}

/// A share of a whole, exactly: how likely something is, without floating point.
package struct Ratio: Sendable, Hashable {
    package let numerator: UInt64
    package let denominator: UInt64

    /// Of a whole of at least 1, at most all.
    package init(_ numerator: UInt64, of denominator: UInt64) {
        precondition(denominator > 0 && numerator <= denominator)
        self.numerator = numerator
        self.denominator = denominator
    }

    package static let never = Ratio(0, of: 1)
    package static let always = Ratio(1, of: 1)
}

private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
