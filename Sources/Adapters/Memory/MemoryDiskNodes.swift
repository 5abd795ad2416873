import Domain

/// A file of a `MemoryDisk`: what programs see and what a crash cannot take away. Touched under the disk's
/// lock only.
final class MemoryDiskNodeFile: @unchecked Sendable {
    /// What a crash may take away sector by sector; disks promise no more.
    static let sectorBytes = 512

    var bytes: [UInt8] = []
    var attributes: [String: [UInt8]] = [:]
    var reservedBytes = 0
    var linkCount = 0
    private(set) var durableBytes: [UInt8] = []
    private(set) var durableAttributes: [String: [UInt8]] = [:]
    /// Ranges of `bytes` that no sync has covered.
    private(set) var unsynced: [Range<Int>] = []

    /// The room that it takes.
    var allocatedBytes: Int { max(bytes.count, reservedBytes) }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) {
        let end = offset + source.count
        if bytes.count < end { bytes.append(contentsOf: [UInt8](repeating: 0, count: end - bytes.count)) }
        bytes.withUnsafeMutableBytes { all in
            UnsafeMutableRawBufferPointer(rebasing: all[offset..<end]).copyMemory(from: source)
        }
        if let last = unsynced.last, last.upperBound == offset {
            unsynced[unsynced.count - 1] = last.lowerBound..<end
        } else {
            unsynced.append(offset..<end)
        }
    }

    /// Only what no earlier sync has taken: what one has lost by failing stays lost.
    func sync() {
        for range in unsynced {
            let missing = range.upperBound - durableBytes.count
            if missing > 0 { durableBytes.append(contentsOf: [UInt8](repeating: 0, count: missing)) }
            durableBytes.replaceSubrange(range, with: bytes[range])
        }
        durableAttributes = attributes
        unsynced = []
    }

    /// What fsync leaves behind when it fails: nothing was written, and the next one finds nothing to write.
    func failSync() { unsynced = [] }

    /// Changes a byte on the medium, as ageing does: no program wrote it.
    func flip(at offset: Int) {
        bytes[offset] ^= 0x80
        if offset < durableBytes.count { durableBytes[offset] ^= 0x80 }
    }

    /// The file after a power loss: every unsynced sector is new, old or garbage; a size that was not synced
    /// is the old one, the new one, or between.
    func survivor(_ choose: inout SeededGenerator) -> MemoryDiskNodeFile {
        let file = MemoryDiskNodeFile()
        file.durableBytes = durableBytes
        if !unsynced.isEmpty {
            switch choose.number(below: 4) {
            case 0: break
            case 1: file.durableBytes = bytes
            case 2: file.durableBytes = torn(&choose)
            default:
                // The size is journalled apart from the data: there, and never written.
                let garbage = UInt8(choose.number(below: 2)) * 0xA5
                let missing = max(0, bytes.count - durableBytes.count)
                file.durableBytes.append(contentsOf: [UInt8](repeating: garbage, count: missing))
            }
        }
        file.durableAttributes = (choose.number(below: 2) == 0) ? attributes : durableAttributes
        file.bytes = file.durableBytes
        file.attributes = file.durableAttributes
        return file
    }

    private func torn(_ choose: inout SeededGenerator) -> [UInt8] {
        let sizes = min(durableBytes.count, bytes.count)...max(durableBytes.count, bytes.count)
        let size = (choose.number(below: 2) == 0) ? bytes.count : choose.number(in: sizes)
        var result = Array(durableBytes.prefix(size))
        result.append(contentsOf: [UInt8](repeating: 0, count: size - result.count))
        for range in unsynced {
            var start = range.lowerBound
            while start < min(range.upperBound, size) {
                let sectorEnd = (start / Self.sectorBytes + 1) * Self.sectorBytes
                let end = min(sectorEnd, range.upperBound, size)
                switch choose.number(below: 4) {
                case 0: break
                case 1:
                    let cut = choose.number(in: start...end)
                    result.replaceSubrange(start..<cut, with: bytes[start..<cut])
                default: result.replaceSubrange(start..<end, with: bytes[start..<end])
                }
                start = end
            }
        }
        return result
    }
}

/// A directory of a `MemoryDisk`: its names as programs see them, those that are durable, and the changes
/// between. Touched under the disk's lock only.
final class MemoryDiskNodeDirectory: @unchecked Sendable {
    enum Child {
        case file(MemoryDiskNodeFile)
        case directory(MemoryDiskNodeDirectory)
    }

    private struct Change {
        let name: String
        let child: Child?
    }

    private(set) var children: [String: Child] = [:]
    private var durable: [String: Child] = [:]
    private var unsynced: [Change] = []

    /// Names `child`, or removes the name.
    func set(_ name: String, _ child: Child?) {
        children[name] = child
        unsynced.append(Change(name: name, child: child))
    }

    /// Only what no earlier sync has taken: what one has lost by failing stays lost.
    func sync() {
        for change in unsynced { durable[change.name] = change.child }
        unsynced = []
    }

    /// What fsync leaves behind when it fails: no change was written, and the next one finds none to write.
    func failSync() { unsynced = [] }

    /// The directory after a power loss: of the changes that were not synced any subset happened, in their
    /// order. A rename is two changes, in two directories or in one, and either may be lost alone.
    func survivor(
        _ choose: inout SeededGenerator, _ files: inout [ObjectIdentifier: MemoryDiskNodeFile]
    ) -> MemoryDiskNodeDirectory {
        var surviving = durable
        let mode = choose.number(below: 4)
        let prefix = choose.number(in: 0...unsynced.count)
        for (index, change) in unsynced.enumerated() {
            let happened =
                switch mode {
                case 0: false
                case 1: index < prefix
                default: (choose.number(below: 2) == 0)
                }
            if happened { surviving[change.name] = change.child }
        }
        let directory = MemoryDiskNodeDirectory()
        // In the order of the names, so that the same numbers always mean the same loss.
        for (name, child) in surviving.sorted(by: { $0.key < $1.key }) {
            switch child {
            case .directory(let child):
                directory.durable[name] = .directory(child.survivor(&choose, &files))
            case .file(let child):
                let file = files[ObjectIdentifier(child)] ?? child.survivor(&choose)
                files[ObjectIdentifier(child)] = file
                file.linkCount += 1
                directory.durable[name] = .file(file)
            }
        }
        directory.children = directory.durable
        return directory
    }

    /// The room that the files below take, each once.
    func allocatedBytes(_ seen: inout Set<ObjectIdentifier>) -> Int {
        children.values.reduce(0) { sum, child in
            switch child {
            case .directory(let child): return sum + child.allocatedBytes(&seen)
            case .file(let file):
                return seen.insert(ObjectIdentifier(file)).inserted ? sum + file.allocatedBytes : sum
            }
        }
    }
}
