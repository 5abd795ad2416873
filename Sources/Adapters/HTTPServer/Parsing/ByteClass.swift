/// What a byte may be part of, by the grammars of RFC 9110 and RFC 3986, as one table for all questions.
struct ByteClass: OptionSet {
    let rawValue: UInt8

    /// `tchar` of RFC 9110 section 5.6.2: methods, field names, chunk extensions.
    static let token = ByteClass(rawValue: 1)
    /// What a field value holds: visible, space, tab, and bytes beyond ASCII (RFC 9110 section 5.5).
    static let fieldValue = ByteClass(rawValue: 2)
    /// What a request target in origin form holds: `pchar`, `/`, `?` (RFC 3986 section 3.3 and 3.4).
    static let target = ByteClass(rawValue: 4)
    /// What a registered name holds: `unreserved`, `sub-delims`, `%` (RFC 3986 section 3.2.2).
    static let host = ByteClass(rawValue: 8)
    /// `HEXDIG`, in either case.
    static let hexadecimal = ByteClass(rawValue: 16)
    static let digit = ByteClass(rawValue: 32)

    /// 256 entries, never changed and never freed.
    private nonisolated(unsafe) static let table: UnsafePointer<UInt8> = {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        func add(_ kind: ByteClass, _ bytes: some Sequence<UInt8>) {
            for byte in bytes { table[Int(byte)] |= kind.rawValue }
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let letters = [UInt8](UInt8(ascii: "a")...UInt8(ascii: "z")) + (UInt8(ascii: "A")...UInt8(ascii: "Z"))
        for kind in [ByteClass.token, .target, .host] {
            add(kind, digits)
            add(kind, letters)
        }
        add(.token, "!#$%&'*+-.^_`|~".utf8)
        add(.host, "-._~!$&'()*+,;=%".utf8)
        add(.target, "-._~!$&'()*+,;=%:@/?".utf8)
        add(.fieldValue, 0x20...0x7E)
        add(.fieldValue, 0x80...0xFF)
        add(.fieldValue, [0x09])
        add(.digit, digits)
        add(.hexadecimal, digits)
        add(.hexadecimal, "abcdefABCDEF".utf8)
        return UnsafePointer(table)
    }()

    /// The table, to be fetched once before a loop over bytes.
    struct Lookup {
        private let table: UnsafePointer<UInt8> = ByteClass.table

        @inline(__always)
        func contains(_ byte: UInt8, _ kind: ByteClass) -> Bool { table[Int(byte)] & kind.rawValue != 0 }

        /// Whether all bytes are of that kind; true for none.
        @inline(__always)
        func all(_ bytes: Slice<UnsafeRawBufferPointer>, _ kind: ByteClass) -> Bool {
            for byte in UnsafeRawBufferPointer(rebasing: bytes) where table[Int(byte)] & kind.rawValue == 0 {
                return false
            }
            return true
        }
    }
}

extension UInt8 {
    static let space = UInt8(ascii: " ")
    static let tab: UInt8 = 9
    static let carriageReturn: UInt8 = 13
    static let lineFeed: UInt8 = 10

    /// The letter in lower case, any other byte as it is.
    @inline(__always)
    var lowercased: UInt8 { self &- 65 < 26 ? self | 0x20 : self }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Whether these are the bytes of `text`, which is in lower case, in any case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        var other = text.utf8Start
        for byte in self {
            if byte.lowercased != other.pointee { return false }
            other += 1
        }
        return true
    }

    /// Without spaces and tabs at both ends.
    var trimmed: Self {
        var (start, end) = (startIndex, endIndex)
        while start < end, base[start] == .space || base[start] == .tab { start += 1 }
        while end > start, base[end - 1] == .space || base[end - 1] == .tab { end -= 1 }
        return base[start..<end]
    }
}
