private import Glibc
import Ports

/// Writes the head of an answer in the form of HTTP/1.1 (RFC 9112 section 4).
///
/// What frames the message belongs to the connection: `content-length`, `transfer-encoding`, `connection` and
/// `date` of a handler are left out. A control byte in a value becomes a space, so that no value can end the
/// field it stands in.
struct ResponseHead {
    enum Framing: Equatable {
        /// Neither length nor coding: 1xx, 204, 304 without a length.
        case none
        case length(UInt64)
        case chunked
        /// Ends with the connection, for HTTP/1.0.
        case untilClose
    }

    let status: Int
    let framing: Framing
    let keepsAlive: Bool
    /// An HTTP/1.0 client has to be told that the connection goes on.
    let saysKeepAlive: Bool

    /// Appends the head to `buffer`; false when there is no room, and then the buffer holds a part of it.
    func append(to buffer: ByteBuffer, fields: HTTPFields, date: [UInt8]) -> Bool {
        let room = buffer.writable
        guard let base = room.baseAddress else { return false }
        var writer = HeadWriter(base: base, capacity: room.count)
        writer.literal("HTTP/1.1 ")
        writer.statusCode(status)
        writer.literal(" ")
        writer.literal(StatusReason.text(status))
        writer.literal("\r\ndate: ")
        date.withUnsafeBytes { writer.bytes($0) }
        for field in fields.all where !Self.isReserved(field.name) {
            writer.literal("\r\n")
            writer.text(field.name)
            writer.literal(": ")
            writer.value(field.value)
        }
        for block in fields.blocks { block.http1.withUnsafeBytes { writer.bytes($0) } }
        switch framing {
        case .none, .untilClose: break
        case .length(let length):
            writer.literal("\r\ncontent-length: ")
            writer.decimal(length)
        case .chunked: writer.literal("\r\ntransfer-encoding: chunked")
        }
        if !keepsAlive { writer.literal("\r\nconnection: close") }
        if saysKeepAlive { writer.literal("\r\nconnection: keep-alive") }
        writer.literal("\r\n\r\n")
        guard !writer.hasOverflowed else { return false }
        buffer.didWrite(writer.count)
        return true
    }

    private static func isReserved(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: name == "date"
        case 10: name == "connection" || name == "keep-alive"
        case 14: name == "content-length"
        case 17: name == "transfer-encoding"
        default: false
        }
    }
}

/// Copies text into raw memory, and remembers when there was not enough of it.
private struct HeadWriter {
    let base: UnsafeMutableRawPointer
    let capacity: Int
    private(set) var count = 0
    private(set) var hasOverflowed = false

    init(base: UnsafeMutableRawPointer, capacity: Int) {
        self.base = base
        self.capacity = capacity
    }

    @inline(__always)
    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        guard bytes.count <= capacity - count else {
            hasOverflowed = true
            return
        }
        memcpy(base + count, source, bytes.count)
        count += bytes.count
    }

    mutating func literal(_ text: StaticString) {
        bytes(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    mutating func value(_ text: String) {
        let start = count
        self.text(text)
        for position in start..<count {
            let byte = base.load(fromByteOffset: position, as: UInt8.self)
            if byte < 0x20 && byte != .tab || byte == 0x7F {
                base.storeBytes(of: .space, toByteOffset: position, as: UInt8.self)
            }
        }
    }

    mutating func statusCode(_ status: Int) {
        precondition((100...999).contains(status))
        decimal(UInt64(status))
    }

    mutating func decimal(_ number: UInt64) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var position = 20
            var rest = number
            repeat {
                position -= 1
                digits[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            bytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[position...]))
        }
    }
}
