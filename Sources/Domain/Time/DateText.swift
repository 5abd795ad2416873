/// Reads the fixed-width pieces that dates are written in, from ASCII bytes. Each verb takes what it names
/// and moves on, or answers nil (false) and leaves the rest undefined.
struct DateScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    /// Exactly `count` decimal digits.
    mutating func number(digits count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    /// One to nine digits after a point, as nanoseconds; further digits are read and say nothing.
    mutating func fraction() -> Int? {
        let start = position
        var value = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            if position - start < 9 { value = value * 10 + Int(bytes[position] - 0x30) }
            position += 1
        }
        guard position > start else { return nil }
        for _ in 0..<max(0, 9 - (position - start)) { value *= 10 }
        return value
    }

    mutating func skip(_ literal: StaticString) -> Bool {
        let length = literal.utf8CodeUnitCount
        guard position + length <= bytes.count else { return false }
        for index in 0..<length where bytes[position + index] != literal.utf8Start[index] { return false }
        position += length
        return true
    }

    /// The first of `bytes` that stands here.
    mutating func any(of allowed: [UInt8]) -> UInt8? {
        guard position < bytes.count, allowed.contains(bytes[position]) else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// The index of the first name that stands here.
    mutating func name(among names: [StaticString]) -> Int? {
        for (index, name) in names.enumerated() where skip(name) { return index }
        return nil
    }

    /// `hh:mm:ss`, the second up to 60, as a leap second is written.
    mutating func timeOfDay() -> (hour: Int, minute: Int, second: Int)? {
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60,
            skip(":"), let second = number(digits: 2), second <= 60
        else { return nil }
        return (hour, minute, second)
    }
}

/// Writes the fixed-width pieces that dates are written in.
struct DateWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func text(_ literal: StaticString) {
        for index in 0..<literal.utf8CodeUnitCount { buffer[count + index] = literal.utf8Start[index] }
        count += literal.utf8CodeUnitCount
    }

    /// The last `digits` decimal digits of `value`, zeros in front.
    mutating func number(_ value: Int, digits: Int) {
        var rest = value
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            buffer[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
        count += digits
    }
}
