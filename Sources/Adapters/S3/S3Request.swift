package import Domain
package import Ports

/// A request to an object store before it is signed: its parts still apart and not encoded, so that what is
/// signed and what is sent are made from the same.
package struct S3Request: Sendable {
    package var method: HTTPMethod
    package var origin: HTTPOrigin
    /// From the slash on; with the bucket in it where that is not part of the host.
    package var path: String
    package var query: [QueryItem]
    /// In lower case; without `host`, which is the origin's.
    package var fields: HTTPFields

    package struct QueryItem: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String = "") {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ method: HTTPMethod, _ origin: HTTPOrigin, _ path: String, query: [QueryItem] = [],
        fields: HTTPFields = HTTPFields()
    ) {
        precondition(path.hasPrefix("/"))
        self.method = method
        self.origin = origin
        self.path = path
        self.query = query
        self.fields = fields
    }

    /// The request target as it is sent: the canonical one, so that nothing on the way can differ.
    package var target: String { query.isEmpty ? canonicalPath : "\(canonicalPath)?\(canonicalQuery)" }

    /// Encoded once, unlike in other services of AWS, and without any change to `.` and `//`, which may be in
    /// the keys of objects.
    var canonicalPath: String { S3Encoding.encode(path, keeping: UInt8(ascii: "/")) }

    /// Sorted by encoded name, then by encoded value.
    var canonicalQuery: String {
        let encoded = query.map { (S3Encoding.encode($0.name), S3Encoding.encode($0.value)) }
        return encoded.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }
}

/// The percent-encoding that signatures demand: every byte but the unreserved ones of RFC 3986, in capitals.
enum S3Encoding {
    static func encode(_ text: String, keeping kept: UInt8? = nil) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            case kept: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 0xF)]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x37 + nibble }
}
