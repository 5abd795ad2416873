/// What a client writes: bytes that say themselves which write they are from, how many there are, and where
/// each of them belongs. So whoever reads any part of it can tell the whole and the right from the torn, the
/// mixed and the damaged (P2).
package struct BodyValue: Hashable, Sendable {
    /// Of the write: unique in a history. 0 is for the empty body, which says nothing.
    package let number: UInt32
    package let size: Int

    package init(number: UInt32, size: Int) {
        precondition(
            size == 0 ? number == 0 : number > 0 && size >= Self.sizeMin, "too short to say what it is")
        self.number = number
        self.size = size
    }

    package static let empty = BodyValue(number: 0, size: 0)

    /// One block: the number, the size, the index of the block, and a mixture of the three.
    package static let blockSize = 16

    /// What holds one whole block.
    package static let sizeMin = blockSize

    /// The bytes from `start` on, `count` of them, or as many as there are.
    package func bytes(from start: Int = 0, count: Int = .max) -> [UInt8] {
        let end = min(size, count < size - start ? start + count : size)
        guard start < end else { return [] }
        return [UInt8](unsafeUninitializedCapacity: end - start) { bytes, count in
            for block in start / Self.blockSize...(end - 1) / Self.blockSize {
                var words = words(of: block)
                withUnsafeBytes(of: &words) { source in
                    let first = block * Self.blockSize
                    for position in max(start, first)..<min(end, first + Self.blockSize) {
                        bytes.initializeElement(at: position - start, to: source[position - first])
                    }
                }
            }
            count = end - start
        }
    }

    /// One block, in the order of the network.
    private func words(of block: Int) -> (UInt32, UInt32, UInt32, UInt32) {
        let (size, index) = (UInt32(truncatingIfNeeded: size), UInt32(truncatingIfNeeded: block))
        let check = Self.mixed(Self.mixed(Self.mixed(0x9E37_79B9, number), size), index)
        return (number.bigEndian, size.bigEndian, index.bigEndian, check.bigEndian)
    }

    private static func mixed(_ hash: UInt32, _ word: UInt32) -> UInt32 {
        (hash ^ word) &* 0x85EB_CA6B ^ hash >> 13
    }

    /// What was read says it is, when it is the whole of one body; else nil.
    package init?(whole bytes: [UInt8]) {
        if bytes.isEmpty {
            self = .empty
            return
        }
        guard bytes.count >= Self.sizeMin else { return nil }
        let number = bytes[0..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let size = bytes[4..<8].reduce(0) { $0 << 8 | Int($1) }
        guard number > 0, size == bytes.count else { return nil }
        self.init(number: number, size: size)
        guard self.bytes() == bytes else { return nil }
    }
}

extension BodyValue: CustomStringConvertible {
    package var description: String { size == 0 ? "nothing" : "body \(number) of \(size) bytes" }
}
