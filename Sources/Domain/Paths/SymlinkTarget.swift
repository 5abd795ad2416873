/// The text of a symbolic link: where whoever follows it goes on. Unlike the path of a request it may be
/// relative and may have `.` and `..`, for it is read where the link is and not where somebody believes to
/// be.
///
/// 1 to 4095 bytes, as symlink(2) takes them, of the characters that names and paths may have. Whether it
/// leads anywhere, and even whether its names are too long, shows only when it is followed.
package struct SymlinkTarget: Hashable, Sendable {
    package let text: String

    /// Refuses with the rule that the text breaks.
    package init(_ text: String) throws(PathRefusal) {
        let count = text.utf8.count
        guard count > 0 else { throw PathRefusal(rule: .emptyTarget) }
        guard count <= Limits.symlinkTargetBytesMax else { throw PathRefusal(rule: .targetTooLong) }
        if let broken = PathRules.brokenRule(ofCharactersIn: text.utf8.span, refusingSlash: false) {
            throw PathRefusal(rule: broken)
        }
        self.text = text
    }
}

/// One part of the text of a link, between slashes.
enum SymlinkComponent: Equatable {
    case name(FileName)
    /// `.`, which stays where it is, and yet looks into it.
    case current
    /// `..`, the directory above the one that was reached.
    case parent
    /// A name that is too long to be one.
    case tooLong

    /// The parts of a text that is stored, empty ones left out, as path_resolution(7) has it.
    static func components(of text: String) -> [SymlinkComponent] {
        text.utf8.split(separator: UInt8(ascii: "/")).map { part in
            switch String(Substring(part)) {
            case ".": .current
            case "..": .parent
            case let name: (try? FileName(name)).map(SymlinkComponent.name) ?? .tooLong
            }
        }
    }
}
