/// The alphabet of RFC 4648 section 4, as structured fields and digests use it.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            var length = 0
            Base64URL.forEachSextet(of: bytes) { value in
                text[length] = toStandard(Base64URL.character(of: value))
                length += 1
            }
            while length % 4 != 0 {
                text[length] = UInt8(ascii: "=")
                length += 1
            }
            return length
        }
    }

    /// Nil for other characters, for padding that is not that of the length, and where bits are left over
    /// that are not zero. Padding may be left out, as RFC 9651 section 4.2.7 advises.
    package static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
        let end = text.firstIndex(of: UInt8(ascii: "=")) ?? text.endIndex
        let characters = text[..<end]
        let padding = text[end...]
        guard padding.allSatisfy({ $0 == UInt8(ascii: "=") }),
            padding.isEmpty || padding.count == (4 - characters.count % 4) % 4,
            !characters.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        return Base64URL.decode(String(decoding: characters.map(toURL), as: UTF8.self))
    }

    private static func toStandard(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "-"): UInt8(ascii: "+")
        case UInt8(ascii: "_"): UInt8(ascii: "/")
        default: character
        }
    }

    private static func toURL(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: character
        }
    }
}
