/// One value of a configuration document, YAML or JSON, with the line it starts in. Says what was written,
/// not what it means: a plain `30` may become a number, a text or a mistake, which only the reader of a
/// setting knows.
package struct YAMLNode: Sendable, Hashable {
    package enum ScalarStyle: Sendable, Hashable {
        /// Written bare: a number, `true`, `null`, or a text that needs no quotes.
        case plain
        /// Written in quotes or as a block: always a text.
        case quoted
    }

    package enum Value: Sendable, Hashable {
        case scalar(String, ScalarStyle)
        case sequence([YAMLNode])
        /// In the order of the document, each key once.
        case mapping([Entry])
    }

    package struct Entry: Sendable, Hashable {
        package let key: String
        package let keyLine: Int
        package let node: YAMLNode

        package init(key: String, keyLine: Int, node: YAMLNode) {
            self.key = key
            self.keyLine = keyLine
            self.node = node
        }
    }

    package let value: Value
    /// From 1.
    package let line: Int

    package init(_ value: Value, line: Int) {
        self.value = value
        self.line = line
    }

    /// Whether this is the absence of a value: written as nothing, `~` or `null`.
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = value else { return false }
        switch text {
        case "", "~", "null", "Null", "NULL": return true
        default: return false
        }
    }
}
