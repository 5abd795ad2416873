/// What a path may not be, each rule with its reason.
package enum PathRules {
    package enum Rule: Sendable, Equatable, CaseIterable {
        /// More than 4096 bytes, PATH_MAX of Linux.
        case pathTooLong
        /// More than 255 bytes, NAME_MAX of Linux.
        case nameTooLong
        case emptyName
        /// `.` or `..`: refused and not resolved, see `FilePath`.
        case dotSegment
        case notUTF8
        /// Would end the name for every program written in C.
        case nul
        /// Breaks logs, terminals and headers.
        case controlCharacter
        /// Makes one name look like another (Unicode's bidirectional controls).
        case bidirectionalControl
        /// A separator to other systems; a name that holds one escapes a directory there.
        case backslash
        case slash
        case encodedSlash
        case brokenPercentEncoding
        /// A symbolic link to nothing at all (ENOENT of symlink(2)).
        case emptyTarget
        /// More than 4095 bytes: PATH_MAX of Linux counts the NUL at the end.
        case targetTooLong
    }

    /// The rule that `text` breaks as the name of an entry; nil when it may be one.
    package static func brokenRule(ofName text: String) -> Rule? { brokenRule(ofName: text.utf8.span) }

    /// The same for bytes that are valid UTF-8.
    static func brokenRule(ofName bytes: Span<UInt8>) -> Rule? {
        if bytes.isEmpty { return .emptyName }
        if bytes.count > Limits.nameBytesMax { return .nameTooLong }
        if bytes.count <= 2, (0..<bytes.count).allSatisfy({ bytes[$0] == UInt8(ascii: ".") }) {
            return .dotSegment
        }
        return brokenRule(ofCharactersIn: bytes, refusingSlash: true)
    }

    /// The rule that some character of `text`, which is valid UTF-8, breaks.
    static func brokenRule(ofCharactersIn text: Span<UInt8>, refusingSlash: Bool) -> Rule? {
        var onlyASCII = true
        for position in text.indices {
            switch text[position] {
            case 0: return .nul
            case 1..<0x20, 0x7F: return .controlCharacter
            case UInt8(ascii: "/") where refusingSlash: return .slash
            case UInt8(ascii: "\\"): return .backslash
            case 0x80...: onlyASCII = false
            default: break
            }
        }
        return onlyASCII
            ? nil : brokenRule(ofScalars: String(copying: UTF8Span(unchecked: text)).unicodeScalars)
    }

    private static func brokenRule(ofScalars scalars: String.UnicodeScalarView) -> Rule? {
        for scalar in scalars {
            switch scalar.value {
            case 0x80...0x9F, 0x2028, 0x2029: return .controlCharacter
            case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: return .bidirectionalControl
            default: break
            }
        }
        return nil
    }
}

/// A path was refused, and why.
package struct PathRefusal: Error, Equatable, Sendable {
    package let rule: PathRules.Rule

    package init(rule: PathRules.Rule) { self.rule = rule }
}

extension PathRefusal: CustomStringConvertible {
    /// A sentence for the client.
    package var description: String {
        switch rule {
        case .pathTooLong: "The path is longer than \(Limits.pathBytesMax) bytes."
        case .nameTooLong: "A name in the path is longer than \(Limits.nameBytesMax) bytes."
        case .emptyName: "A name is empty."
        case .dotSegment: "The path has a segment '.' or '..'; send the path that is meant."
        case .notUTF8: "The path is not valid UTF-8."
        case .nul: "The path has a NUL byte."
        case .controlCharacter: "The path has a control character."
        case .bidirectionalControl: "The path has a bidirectional control character."
        case .backslash: "The path has a backslash."
        case .slash: "A name has a slash."
        case .encodedSlash: "The path has an encoded slash (%2F), which no name can hold."
        case .brokenPercentEncoding: "The path has a '%' that is not followed by two hexadecimal digits."
        case .emptyTarget: "A symbolic link needs a target."
        case .targetTooLong:
            "The target of a symbolic link is longer than \(Limits.symlinkTargetBytesMax) bytes."
        }
    }
}
