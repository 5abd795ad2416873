private import Glibc

/// What a field means to the connection itself.
enum FieldRole {
    case ordinary, host, contentLength, transferEncoding, connection, expect
}

/// Field names that clients send all the time, so that no string is made for them.
struct FieldNames: Sendable {
    private struct Entry: @unchecked Sendable {
        let name: String
        /// The bytes of a literal, which live for ever.
        let bytes: UnsafePointer<UInt8>
        let count: Int
        let role: FieldRole
    }

    private static let common: [(StaticString, FieldRole)] = [
        ("host", .host), ("content-length", .contentLength), ("transfer-encoding", .transferEncoding),
        ("connection", .connection), ("expect", .expect), ("accept", .ordinary),
        ("accept-charset", .ordinary), ("accept-encoding", .ordinary), ("accept-language", .ordinary),
        ("authorization", .ordinary), ("cache-control", .ordinary), ("content-digest", .ordinary),
        ("content-encoding", .ordinary), ("content-range", .ordinary), ("content-type", .ordinary),
        ("cookie", .ordinary), ("date", .ordinary), ("destination", .ordinary), ("dnt", .ordinary),
        ("forwarded", .ordinary), ("from", .ordinary), ("idempotency-key", .ordinary),
        ("if-match", .ordinary), ("if-modified-since", .ordinary), ("if-none-match", .ordinary),
        ("if-range", .ordinary), ("if-unmodified-since", .ordinary), ("keep-alive", .ordinary),
        ("max-forwards", .ordinary), ("origin", .ordinary), ("pragma", .ordinary), ("prefer", .ordinary),
        ("priority", .ordinary), ("range", .ordinary), ("referer", .ordinary), ("repr-digest", .ordinary),
        ("sec-fetch-dest", .ordinary), ("sec-fetch-mode", .ordinary), ("sec-fetch-site", .ordinary),
        ("sec-fetch-user", .ordinary), ("te", .ordinary), ("traceparent", .ordinary),
        ("tracestate", .ordinary), ("trailer", .ordinary), ("upgrade", .ordinary),
        ("upgrade-insecure-requests", .ordinary), ("user-agent", .ordinary), ("via", .ordinary),
        ("want-content-digest", .ordinary), ("want-repr-digest", .ordinary), ("x-callfs-mode", .ordinary),
        ("x-callfs-mtime", .ordinary), ("x-forwarded-for", .ordinary), ("x-forwarded-host", .ordinary),
        ("x-forwarded-proto", .ordinary), ("x-request-id", .ordinary),
    ]

    private static let slotCount = 256
    private static let shared = FieldNames()

    private let entries: [Entry]
    /// An open-addressed table of positions in `entries`; -1 where none is.
    private let slots: [Int16]

    private init() {
        var slots = [Int16](repeating: -1, count: Self.slotCount)
        var entries: [Entry] = []
        for (name, role) in Self.common {
            let bytes = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            var slot = Self.slot(Self.hash(bytes))
            while slots[slot] >= 0 { slot = (slot + 1) % Self.slotCount }
            slots[slot] = Int16(entries.count)
            entries.append(
                Entry(name: "\(name)", bytes: name.utf8Start, count: name.utf8CodeUnitCount, role: role))
        }
        self.slots = slots
        self.entries = entries
    }

    /// The name as a string, and what it means. `bytes` are in lower case.
    static func resolve(_ bytes: UnsafeRawBufferPointer) -> (String, FieldRole) {
        let shared = shared
        var slot = slot(hash(bytes))
        while shared.slots[slot] >= 0 {
            let entry = shared.entries[Int(shared.slots[slot])]
            if entry.count == bytes.count, let base = bytes.baseAddress,
                memcmp(entry.bytes, base, entry.count) == 0
            {
                return (entry.name, entry.role)
            }
            slot = (slot + 1) % slotCount
        }
        return (String(decoding: bytes, as: UTF8.self), .ordinary)
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash
    }

    private static func slot(_ hash: UInt32) -> Int { Int((hash ^ hash >> 15) & UInt32(slotCount - 1)) }
}
