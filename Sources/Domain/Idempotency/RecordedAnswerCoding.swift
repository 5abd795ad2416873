/// How an answer is kept: a letter for its kind, and its parts one after another.
extension RecordedAnswer {
    package var stored: [UInt8] {
        var parts = PartWriter()
        switch self {
        case .entry(let entry):
            parts.add("e")
            entry.write(to: &parts)
        case .done: parts.add("d")
        case .refused(let refusal):
            parts.add("r")
            refusal.write(to: &parts)
        }
        return parts.bytes
    }

    /// What was stored; nil for what cannot have been.
    package init?(stored bytes: [UInt8]) {
        var parts = PartReader(bytes)
        switch parts.text() {
        case "e":
            guard let entry = RecordedEntry(reading: &parts) else { return nil }
            self = .entry(entry)
        case "d": self = .done
        case "r":
            guard let refusal = RecordedRefusal(reading: &parts) else { return nil }
            self = .refused(refusal)
        default: return nil
        }
        guard parts.isAtEnd else { return nil }
    }
}

extension RecordedEntry {
    fileprivate func write(to parts: inout PartWriter) {
        parts.add(status)
        parts.add(path.description)
        parts.add(saysWhere ? 1 : 0)
        parts.add(sha256)
        parts.add(inode.id.value)
        parts.add(inode.kind.rawValue)
        parts.add(inode.mode.rawValue)
        parts.add(inode.owner.value)
        parts.add(inode.group.value)
        parts.add(inode.size)
        parts.add(inode.modifiedAt.nanoseconds)
        parts.add(inode.changedAt.nanoseconds)
        parts.add(inode.bornAt.nanoseconds)
        parts.add(inode.linkCount)
        parts.add(inode.accessVersion)
        parts.add(inode.changeVersion)
        parts.add(inode.representationVersion)
        parts.add(inode.content?.value)
        parts.add(inode.mediaType?.text)
        parts.add(inode.symlinkTarget)
        parts.add(inode.metadata.stored)
        parts.add(inode.fence.value)
        parts.add(location?.id.value)
        if let location {
            parts.add(location.store.value)
            parts.add(location.isInline ? 1 : 0)
        }
    }

    fileprivate init?(reading parts: inout PartReader) {
        guard let status: Int = parts.number(),
            let path = parts.text().flatMap({ try? FilePath(parsing: $0) }),
            let saysWhere: Int = parts.number()
        else { return nil }
        let sha256 = parts.part()
        guard let inode = Self.inode(&parts) else { return nil }
        var location: ContentLocation?
        if let id = parts.identifier() {
            guard let store = parts.identifier(), let isInline: Int = parts.number() else { return nil }
            location = ContentLocation(id: LocationID(id), store: StoreID(store), isInline: isInline == 1)
        }
        self.init(
            status: status, path: path, inode: inode, location: location, saysWhere: saysWhere == 1,
            sha256: sha256)
    }

    private static func inode(_ parts: inout PartReader) -> Inode? {
        guard let id = parts.identifier(), let kind = parts.text().flatMap(FileKind.init(rawValue:)),
            let mode: UInt16 = parts.number(), let owner: UInt32 = parts.number(),
            let group: UInt32 = parts.number(), let size: UInt64 = parts.number(),
            let modified: Int64 = parts.number(), let changed: Int64 = parts.number(),
            let born: Int64 = parts.number(), let links: Int = parts.number(),
            let access: UInt64 = parts.number(), let change: UInt64 = parts.number(),
            let representation: UInt64 = parts.number()
        else { return nil }
        let content = parts.identifier().map(ContentID.init)
        let mediaType = parts.text().map(MediaType.init(stored:))
        let target = parts.text()
        guard let metadata = parts.text().flatMap(UserMetadata.init(stored:)),
            let fence: UInt64 = parts.number()
        else { return nil }
        return Inode(
            id: InodeID(id), kind: kind, mode: FileMode(rawValue: mode), owner: UserID(owner),
            group: GroupID(group), size: size, modifiedAt: WallTime(nanoseconds: modified),
            changedAt: WallTime(nanoseconds: changed), bornAt: WallTime(nanoseconds: born), linkCount: links,
            accessVersion: access, changeVersion: change, representationVersion: representation,
            content: content, mediaType: mediaType, symlinkTarget: target, metadata: metadata,
            fence: FencingToken(fence))
    }
}

extension RecordedRefusal {
    fileprivate func write(to parts: inout PartWriter) {
        parts.add(status)
        parts.add(code)
        parts.add(message)
        for pairs in [details, fields] {
            parts.add(pairs.count)
            for pair in pairs {
                parts.add(pair.name)
                parts.add(pair.value)
            }
        }
    }

    fileprivate init?(reading parts: inout PartReader) {
        guard let status: Int = parts.number(), let code = parts.text(), let message = parts.text(),
            let details = Self.pairs(&parts), let fields = Self.pairs(&parts)
        else { return nil }
        self.init(status: status, code: code, message: message, details: details, fields: fields)
    }

    private static func pairs(_ parts: inout PartReader) -> [Pair]? {
        guard let count: Int = parts.number(), count >= 0 else { return nil }
        var pairs: [Pair] = []
        while pairs.count < count {
            guard let name = parts.text(), let value = parts.text() else { return nil }
            pairs.append(Pair(name: name, value: value))
        }
        return pairs
    }
}

/// Parts of bytes, each behind its length in four bytes; a length that none has stands for a part that is not
/// there.
private struct PartWriter {
    static let absent = UInt32.max

    private(set) var bytes: [UInt8] = []

    mutating func add(_ part: [UInt8]?) {
        let length = part.map { UInt32($0.count) } ?? Self.absent
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift))) }
        bytes += part ?? []
    }

    mutating func add(_ text: String?) { add(text.map { Array($0.utf8) }) }
    mutating func add(_ number: some BinaryInteger) { add(String(number)) }

    mutating func add(_ id: Identifier?) {
        add(id.map { String($0.high, radix: 16) + "-" + String($0.low, radix: 16) })
    }
}

/// Reads what `PartWriter` wrote, in the same order. A part that is missing, or is not what it should be, is
/// nil like one that is not there.
private struct PartReader {
    private let bytes: [UInt8]
    private var position = 0
    private var isBroken = false

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether all was read and nothing was missing.
    var isAtEnd: Bool { !isBroken && position == bytes.count }

    mutating func part() -> [UInt8]? {
        guard bytes.count - position >= 4 else {
            isBroken = true
            return nil
        }
        let length = bytes[position..<(position + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        position += 4
        guard length != PartWriter.absent else { return nil }
        guard Int(length) <= bytes.count - position else {
            isBroken = true
            return nil
        }
        defer { position += Int(length) }
        return Array(bytes[position..<(position + Int(length))])
    }

    mutating func text() -> String? { part().flatMap { String(validating: $0, as: UTF8.self) } }

    mutating func number<Number: FixedWidthInteger>() -> Number? { text().flatMap { Number($0) } }

    mutating func identifier() -> Identifier? {
        let halves = text()?.split(separator: "-") ?? []
        guard halves.count == 2, let high = UInt64(halves[0], radix: 16),
            let low = UInt64(halves[1], radix: 16)
        else { return nil }
        return Identifier(high: high, low: low)
    }
}
