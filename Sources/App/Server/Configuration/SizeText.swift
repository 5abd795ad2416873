/// Sizes as configurations write them: `512`, `16KiB`, `10GB`, `1.5MiB`.
package enum SizeText {
    /// The larger first.
    private static let units: [(name: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("TB", 1_000_000_000_000), ("GiB", 1 << 30), ("GB", 1_000_000_000),
        ("MiB", 1 << 20),
        ("MB", 1_000_000), ("KiB", 1 << 10), ("KB", 1_000), ("B", 1),
    ]

    /// A number, at will a space, and a unit in either case; bytes without one. `K`, `M` and `G` alone are
    /// refused, because they mean both. Nil for anything else, for parts of a byte and for more than 8 EiB.
    package static func parse(_ text: String) -> Int64? {
        var rest = text[...]
        guard let number = DecimalNumber.takePrefix(of: &rest) else { return nil }
        if rest.first == " " { rest = rest.dropFirst() }
        let unit = rest.isEmpty && text.last != " " ? "B" : rest.uppercased()
        guard let unit = units.first(where: { $0.name.uppercased() == unit }) else { return nil }
        return number.multiplied(by: unit.bytes)
    }

    /// The text with the smallest whole number, of equal ones that in the larger unit.
    package static func format(_ bytes: Int64) -> String {
        if bytes == 0 { return "0" }
        let fitting = units.filter { bytes % $0.bytes == 0 }
        let unit = fitting.min { bytes / $0.bytes < bytes / $1.bytes } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
