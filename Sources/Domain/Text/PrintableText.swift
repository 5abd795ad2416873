/// Text from outside, made fit to stand in a message for people: it can neither end the line, nor move the
/// cursor of a terminal, nor turn the direction of what follows, nor grow without bound.
package enum PrintableText {
    /// The text in backquotes, cut after `scalarsMax`, with a `?` for everything that does not print.
    package static func quoted(_ text: some StringProtocol) -> String {
        let isCut = text.unicodeScalars.dropFirst(scalarsMax).first != nil
        var kept = String.UnicodeScalarView()
        kept.append(contentsOf: text.unicodeScalars.prefix(scalarsMax))
        return "`" + withoutControls(String(kept)) + (isCut ? "...`" : "`")
    }

    /// The text with a `?` for everything that does not print.
    package static func withoutControls(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy(isPrintable) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isPrintable(scalar) ? scalar : "?") }
        return String(result)
    }

    /// Whether a character shows as itself and changes nothing around it: no control, no format character
    /// (bidirectional overrides are such), no separator of lines, nothing unassigned or private.
    package static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value >= 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            return false
        default:
            return true
        }
    }

    /// Enough to recognize a name, a path's beginning or a word.
    package static let scalarsMax = 120
}
