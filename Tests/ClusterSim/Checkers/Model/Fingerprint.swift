/// 128 bits that stand for a state of the model. Equal states have equal fingerprints; that two different
/// ones of a search do is so unlikely (fewer than 2^30 states, so less than 2^-68) that the search takes it
/// for impossible.
struct Fingerprint: Hashable {
    private var high: UInt64
    private var low: UInt64

    static let zero = Fingerprint(high: 0, low: 0)

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Of a sequence that begins with `word`.
    init(_ word: UInt64) {
        self = .zero
        absorb(word)
    }

    mutating func absorb(_ word: UInt64) {
        high = Self.mixed((high ^ word) &+ 0x9E37_79B9_7F4A_7C15)
        low = Self.mixed((low &+ word) ^ 0xD1B5_4A32_D192_ED03)
    }

    mutating func absorb(_ other: Fingerprint) {
        absorb(other.high)
        absorb(other.low)
    }

    /// Sums are of sets: the order of the parts does not show.
    static func += (left: inout Fingerprint, right: Fingerprint) {
        left.high &+= right.high
        left.low &+= right.low
    }

    static func -= (left: inout Fingerprint, right: Fingerprint) {
        left.high &-= right.high
        left.low &-= right.low
    }

    /// The finalizer of splitmix64 (Steele, Lea and Flood, 2014).
    private static func mixed(_ word: UInt64) -> UInt64 {
        var word = word
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
