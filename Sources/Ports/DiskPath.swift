/// A path of the `Disk` port, taken apart: plain names joined by `/`. Every implementation refuses the same
/// paths by using this.
package struct DiskPath: Hashable, Sendable {
    package let text: String
    private let nameStart: String.Index

    /// Nil for an empty or absolute path, for empty names, `.` and `..`, for bytes of value 0, and for names
    /// and paths longer than Linux has them (NAME_MAX, PATH_MAX).
    package init?(_ text: String) {
        guard Self.isPlain(text) else { return nil }
        self.text = text
        nameStart =
            text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text.utf8.index(after: $0) } ?? text.startIndex
    }

    /// The directory that holds the name; empty when that is the root.
    package var parent: String {
        nameStart == text.startIndex ? "" : String(text[..<text.utf8.index(before: nameStart)])
    }

    package var name: String { nameStart == text.startIndex ? text : String(text[nameStart...]) }

    package var names: [Substring] { text.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) } }

    private static func isPlain(_ text: String) -> Bool {
        var length = 0
        var dots = 0
        for byte in text.utf8 {
            switch byte {
            case 0: return false
            case UInt8(ascii: "/"):
                if length == dots, length <= 2 { return false }
                length = 0
                dots = 0
                continue
            case UInt8(ascii: "."): dots += 1
            default: break
            }
            length += 1
            if length > nameBytesMax { return false }
        }
        return !(length == dots && length <= 2) && text.utf8.count < pathBytesMax
    }

    private static let nameBytesMax = 255
    /// With the byte of value 0 at its end.
    private static let pathBytesMax = 4096
}
