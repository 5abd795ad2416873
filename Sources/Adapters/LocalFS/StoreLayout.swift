import Domain

/// Where a store keeps what, below its root. Everything of its own is below `.callfs`.
///
/// Objects are spread over 256 directories by the last byte of their id, which is random; the first ones are
/// the time, and would put all new objects into one directory.
enum StoreLayout {
    static let home = ".callfs"
    static let lock = ".callfs/lock"
    static let marker = ".callfs/store.json"
    /// The marker while it is being written.
    static let markerDraft = ".callfs/store.json.new"
    static let temporaries = ".callfs/tmp"
    static let objects = ".callfs/objects"

    static let shards: [String] = (0..<256).map { shardName(UInt8($0)) }
    static let shardPaths: [String] = shards.map { objects + "/" + $0 }

    static func shard(of id: LocationID) -> Int { Int(UInt8(truncatingIfNeeded: id.value.low)) }

    static func object(_ id: LocationID) -> String { shardPaths[shard(of: id)] + "/" + id.description }

    static func temporary(_ id: LocationID) -> String { temporaries + "/" + id.description }

    private static func shardName(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
