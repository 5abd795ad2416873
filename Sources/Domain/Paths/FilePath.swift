/// An absolute path in the filesystem: a list of names, empty for the root. The only type for paths, and
/// these are its only parsers; whatever a path comes from (a URL, JSON, a header, an archive) goes through
/// one of them.
///
/// `.` and `..` are refused, never resolved: a client that sends them is confused or hostile, and what they
/// would mean depends on symbolic links that it cannot see. Empty segments collapse, as in
/// path_resolution(7).
package struct FilePath: Hashable, Sendable {
    package let names: [FileName]

    package static let root = FilePath(names: [])

    package init(names: [FileName]) { self.names = names }

    /// Parses text that is not percent-encoded, such as a path in a JSON body. With or without a leading
    /// slash.
    package init(parsing text: String) throws(PathRefusal) {
        self.names = try Self.parse(text).names
    }

    /// The name of the last segment; nil for the root.
    package var last: FileName? { names.last }

    /// The length of `description`; 0 for the root, so that a name below adds itself and one slash.
    package var byteCount: Int { names.reduce(0) { $0 + 1 + $1.text.utf8.count } }

    /// The directory that holds this path; nil for the root.
    package var parent: FilePath? { names.isEmpty ? nil : FilePath(names: Array(names.dropLast())) }

    package func appending(_ name: FileName) -> FilePath { FilePath(names: names + [name]) }

    /// True when this path is `other` or lies below it.
    package func isWithin(_ other: FilePath) -> Bool { names.starts(with: other.names) }
}

extension FilePath: CustomStringConvertible {
    /// With a leading slash, without a trailing one: `/`, `/a`, `/a/b`.
    package var description: String {
        guard !names.isEmpty else { return "/" }
        var text = ""
        text.reserveCapacity(byteCount)
        for name in names {
            text += "/"
            text += name.text
        }
        return text
    }
}

/// A path as a request wrote it: whether it ended in a slash changes what a POST means.
package struct RequestedPath: Hashable, Sendable {
    package let path: FilePath
    package let hasTrailingSlash: Bool

    /// Parses a percent-encoded path (RFC 3986 section 3.3), decoding exactly once.
    package init(percentEncoded text: Substring) throws(PathRefusal) {
        let decoded = try PercentEncoding.decode(text)
        let (names, slash) = try FilePath.parse(decoded)
        path = FilePath(names: names)
        hasTrailingSlash = slash
    }

    package init(percentEncoded text: String) throws(PathRefusal) { try self.init(percentEncoded: text[...]) }

    /// Parses text that is not percent-encoded, such as a path in a JSON body. With or without a leading
    /// slash.
    package init(parsing text: String) throws(PathRefusal) {
        let (names, slash) = try FilePath.parse(text)
        path = FilePath(names: names)
        hasTrailingSlash = slash
    }
}

extension FilePath {
    fileprivate static func parse(
        _ text: String
    ) throws(PathRefusal) -> (names: [FileName], trailingSlash: Bool) {
        // By bytes: as a Character, a slash before a combining mark is not the slash that separates.
        let bytes = text.utf8.span
        // With the slash that the path is written with, so that what is accepted can be sent again.
        let slash = bytes.isEmpty || bytes[0] != UInt8(ascii: "/") ? 1 : 0
        guard bytes.count + slash <= Limits.pathBytesMax else { throw PathRefusal(rule: .pathTooLong) }
        var names: [FileName] = []
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
            if end > start { names.append(try FileName(validUTF8: bytes.extracting(start..<end))) }
            start = end + 1
        }
        return (names, !bytes.isEmpty && bytes[bytes.count - 1] == UInt8(ascii: "/"))
    }
}
