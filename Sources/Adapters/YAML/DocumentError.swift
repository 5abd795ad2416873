private import Domain

/// Why a text is no document. The message is for people and repeats nothing of the text but the names of
/// keys.
package struct DocumentError: Error, Sendable, Hashable {
    /// From 1.
    package let line: Int
    package let message: String

    package init(line: Int, message: String) {
        self.line = line
        self.message = message
    }
}

/// What keeps a hostile or mistaken document from costing more than it is worth.
package enum DocumentLimits {
    /// Larger than any configuration; bounds time and memory of the parsers.
    package static let bytesMax = 1 << 20
    /// Settings nest six levels at most.
    package static let depthMax = 32
    /// Longer names are mistakes, and would make messages unreadable.
    package static let keyBytesMax = 256

    static func checkSize(_ bytes: [UInt8]) throws(DocumentError) {
        guard bytes.count > bytesMax else { return }
        throw DocumentError(line: 1, message: "the document is larger than \(bytesMax) bytes")
    }
}

/// Collects the entries of one mapping and refuses what no mapping may have.
struct MappingEntries {
    private(set) var entries: [YAMLNode.Entry] = []
    private var lines: [String: Int] = [:]

    /// To be asked before the value is read, so that the first mistake is the one that is told.
    mutating func check(key: String, line: Int) throws(DocumentError) {
        guard key.utf8.count <= DocumentLimits.keyBytesMax else {
            throw DocumentError(
                line: line, message: "a key is longer than \(DocumentLimits.keyBytesMax) bytes")
        }
        if let first = lines[key] {
            let name = PrintableText.quoted(key)
            throw DocumentError(line: line, message: "the key \(name) is here again, first in line \(first)")
        }
        lines[key] = line
    }

    mutating func append(key: String, line: Int, _ node: YAMLNode) {
        entries.append(YAMLNode.Entry(key: key, keyLine: line, node: node))
    }
}
