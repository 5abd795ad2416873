private import CNGHTTP2
import Ports

/// Puts together the fields of an answer as nghttp2 takes them: one block of bytes, used again and again, and
/// where in it each field lies.
///
/// What frames the message belongs to the connection: fields of a handler that would are left out, and a
/// control byte in a value becomes a space, as in HTTP/1.1.
struct HTTP2FieldWriter {
    private struct Field {
        let name: Range<Int>
        let value: Range<Int>
        /// Worth nothing in the table of the compression, because it is another one every time.
        let isUnique: Bool
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    /// Starts the fields of an answer with its status, and the date when that is given.
    mutating func begin(status: Int, date: [UInt8]? = nil) {
        precondition((100...999).contains(status))
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        add(":status", decimal: UInt64(status))
        if let date { add("date", date) }
    }

    /// Adds all fields of a handler that are its own to set.
    mutating func add(_ all: HTTPFields) {
        for field in all.all { add(field) }
        for block in all.blocks {
            for field in block.fields { add(field) }
        }
    }

    mutating func add(contentLength: UInt64) { add("content-length", decimal: contentLength) }

    private mutating func add(_ field: HTTPFields.Field) {
        guard !Self.isReserved(field.name) else { return }
        let nameStart = bytes.count
        bytes.append(contentsOf: field.name.utf8)
        let nameEnd = bytes.count
        bytes.append(contentsOf: field.value.utf8)
        for position in nameEnd..<bytes.count where bytes[position] < 0x20 || bytes[position] == 0x7F {
            if bytes[position] != .tab { bytes[position] = .space }
        }
        // White space at either end is not part of a value (RFC 9113 section 8.2.1).
        var (start, end) = (nameEnd, bytes.count)
        while start < end, bytes[start] == .space || bytes[start] == .tab { start += 1 }
        while end > start, bytes[end - 1] == .space || bytes[end - 1] == .tab { end -= 1 }
        fields.append(
            Field(name: nameStart..<nameEnd, value: start..<end, isUnique: field.name == "x-request-id"))
    }

    private mutating func add(_ name: StaticString, _ value: some Sequence<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        let middle = bytes.count
        bytes.append(contentsOf: value)
        fields.append(Field(name: start..<middle, value: middle..<bytes.count, isUnique: false))
    }

    private mutating func add(_ name: StaticString, decimal: UInt64) { add(name, "\(decimal)".utf8) }

    private static func isReserved(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name == "date"
        case 7: name == "upgrade"
        case 10: name == "connection" || name == "keep-alive"
        case 14: name == "content-length"
        case 16: name == "proxy-connection"
        case 17: name == "transfer-encoding"
        default: false
        }
    }

    /// Hands the fields to `submit` and returns what it says. They are valid only within.
    mutating func withFields(_ submit: (HTTP2Fields) -> Int32) -> Int32 {
        bytes.withUnsafeMutableBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: fields.count) { list in
                guard let base = bytes.baseAddress, let first = list.baseAddress else { return 0 }
                for (position, field) in fields.enumerated() {
                    let flags = field.isUnique ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE
                    (first + position).initialize(
                        to: nghttp2_nv(
                            name: base + field.name.lowerBound, value: base + field.value.lowerBound,
                            namelen: field.name.count, valuelen: field.value.count,
                            flags: UInt8(truncatingIfNeeded: flags.rawValue)))
                }
                return submit(HTTP2Fields(first: UnsafeMutableRawPointer(first), count: fields.count))
            }
        }
    }
}

/// A list of fields as nghttp2 takes it, without a type of its own.
struct HTTP2Fields {
    let first: UnsafeMutableRawPointer
    let count: Int
}
