/// The value of a `Range` field in bytes (RFC 9110 section 14.1.2), before the size of what it cuts is known.
package struct ByteRangeSet: Sendable, Equatable {
    package enum Spec: Sendable, Equatable {
        /// From an offset to another, inclusive, or to the end.
        case from(UInt64, through: UInt64?)
        /// So many bytes at the end.
        case suffix(UInt64)
    }

    /// As they were asked for; at least one, at most one more than `Limits.rangesMax`.
    package let specs: [Spec]

    /// Nil for another unit and for what is malformed: such a field is ignored, and the answer is the whole
    /// representation. Numbers beyond 64 bits are beyond any size.
    package init?(parsing text: String) {
        var scanner = FieldScanner(text)
        guard scanner.word() == "bytes", scanner.skip("=") else { return nil }
        var specs: [Spec] = []
        scanner.skipWhitespace()
        while !scanner.isAtEnd {
            if !scanner.skip(",") {
                guard let spec = Self.spec(&scanner) else { return nil }
                if specs.count <= Limits.rangesMax { specs.append(spec) }
                scanner.skipWhitespace()
                guard scanner.isAtEnd || scanner.skip(",") else { return nil }
            }
            scanner.skipWhitespace()
        }
        guard !specs.isEmpty else { return nil }
        self.specs = specs
    }

    private static func spec(_ scanner: inout FieldScanner) -> Spec? {
        if scanner.skip("-") { return scanner.number().map { .suffix($0) } }
        guard let first = scanner.number(), scanner.skip("-") else { return nil }
        guard let last = scanner.number() else { return .from(first, through: nil) }
        return first <= last ? .from(first, through: last) : nil
    }

    /// What to send of `size` bytes. Ranges beyond the end are dropped; where some overlap, they are merged
    /// and sorted, so that no byte is sent twice. More than `Limits.rangesMax` count for nothing, as RFC 9110
    /// section 14.2 allows: the whole costs less than its many parts, and every client understands it.
    package func selection(of size: UInt64) -> RangeSelection {
        guard specs.count <= Limits.rangesMax else { return .ignored }
        // The end of nothing is all of it, and no `Content-Range` can say so.
        if size == 0, specs.contains(where: \.isNonemptySuffix) { return .ignored }
        let ranges = specs.compactMap { $0.range(in: size) }
        guard !ranges.isEmpty else { return .unsatisfiable }
        return .ranges(Self.merged(ranges))
    }

    private static func merged(_ ranges: [Range<UInt64>]) -> [Range<UInt64>] {
        let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
        var merged: [Range<UInt64>] = []
        for range in sorted {
            if let last = merged.last, range.lowerBound < last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged.count == ranges.count ? ranges : merged
    }
}

extension ByteRangeSet.Spec {
    fileprivate var isNonemptySuffix: Bool {
        switch self {
        case .from: false
        case .suffix(let count): count > 0
        }
    }

    /// Nil when it selects nothing.
    fileprivate func range(in size: UInt64) -> Range<UInt64>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<(min(last ?? size - 1, size - 1) + 1)
        case .suffix(let count):
            guard count > 0, size > 0 else { return nil }
            return (size - min(count, size))..<size
        }
    }
}

/// What a request gets of a representation.
package enum RangeSelection: Sendable, Equatable {
    /// All of it, as if no range had been asked for.
    case ignored
    /// These pieces, in this order; at least one, none empty, none overlapping another.
    case ranges([Range<UInt64>])
    /// Nothing: 416.
    case unsatisfiable

    /// The selection for the value of a `Range` field, nil when there was none.
    package init(field: String?, size: UInt64) {
        self = field.flatMap(ByteRangeSet.init(parsing:))?.selection(of: size) ?? .ignored
    }
}

/// `If-Range` (RFC 9110 section 13.1.5): the range counts only for the representation that the client has
/// a part of.
///
/// Only a strong tag says which one that is. A date never does, so with one the whole is sent: a file may
/// change twice within the second of `Last-Modified`, and whoever writes may set the time (section 8.8.2.2).
package struct IfRange: Sendable, Equatable {
    private let tag: EntityTag

    /// Nil when it is no tag; then the range must not be honoured.
    package init?(parsing text: String) {
        guard let tag = EntityTag(parsing: text) else { return nil }
        self.tag = tag
    }

    /// True when the range may be honoured for the representation that has this tag.
    package func holds(for current: EntityTag) -> Bool { tag.matchesStrongly(current) }
}
