private import CPostgres
import Domain
import Ports

/// What a statement returned, in the binary format of the protocol. Confined to whoever holds it: it is
/// handed over once, from the loop to the caller.
final class Rows: @unchecked Sendable {
    private let result: OpaquePointer
    let count: Int

    /// Takes the result over.
    init(_ result: OpaquePointer) {
        self.result = result
        count = Int(PQntuples(result))
    }

    deinit { PQclear(result) }

    subscript(index: Int) -> Row { Row(rows: self, index: Int32(index)) }

    var first: Row? { count > 0 ? self[0] : nil }

    func map<Value>(_ read: (Row) throws(MetadataError) -> Value) throws(MetadataError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count { values.append(try read(self[index])) }
        return values
    }

    fileprivate func isNull(_ row: Int32, _ column: Int32) -> Bool { PQgetisnull(result, row, column) == 1 }

    fileprivate func raw(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

/// One row. Columns are read in the types that the statement gives them; anything else is `corrupt`.
struct Row {
    fileprivate let rows: Rows
    fileprivate let index: Int32

    func isNull(_ column: Int) -> Bool { rows.isNull(index, Int32(column)) }

    /// Of a smallint, an int or a bigint.
    func optionalNumber(_ column: Int) -> Int64? {
        guard !isNull(column) else { return nil }
        let bytes = rows.raw(index, Int32(column))
        guard let first = bytes.first else { return nil }
        var value = first & 0x80 == 0 ? Int64(0) : -1
        for byte in bytes { value = value << 8 | Int64(byte) }
        return value
    }

    func number(_ column: Int) throws(MetadataError) -> Int64 {
        guard let value = optionalNumber(column) else { throw .corrupt }
        return value
    }

    func unsigned(_ column: Int) throws(MetadataError) -> UInt64 {
        UInt64(bitPattern: try number(column))
    }

    func time(_ column: Int) throws(MetadataError) -> WallTime { WallTime(nanoseconds: try number(column)) }

    func flag(_ column: Int) -> Bool { !isNull(column) && rows.raw(index, Int32(column)).first == 1 }

    func optionalIdentifier(_ column: Int) -> Identifier? {
        isNull(column) ? nil : Identifier(bytes: rows.raw(index, Int32(column)))
    }

    func identifier(_ column: Int) throws(MetadataError) -> Identifier {
        guard let value = optionalIdentifier(column) else { throw .corrupt }
        return value
    }

    func bytes(_ column: Int) -> [UInt8]? { isNull(column) ? nil : Array(rows.raw(index, Int32(column))) }

    func optionalText(_ column: Int) -> String? {
        isNull(column) ? nil : String(decoding: rows.raw(index, Int32(column)), as: UTF8.self)
    }

    func text(_ column: Int) throws(MetadataError) -> String {
        guard let value = optionalText(column) else { throw .corrupt }
        return value
    }
}
