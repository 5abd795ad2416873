private import Domain

/// Reads one JSON text into the same nodes as YAML gives, so that settings are read the same way from both;
/// numbers, `true`, `false` and `null` are plain scalars.
package enum JSONDocument {
    package static func parse(_ bytes: [UInt8]) throws(DocumentError) -> YAMLNode {
        try DocumentLimits.checkSize(bytes)
        do throws(JSONError) {
            return YAMLNode(try JSONReader.parse(bytes))
        } catch {
            throw DocumentError(line: error.line, message: error.message)
        }
    }
}

extension YAMLNode {
    fileprivate init(_ node: JSONNode) {
        let value: Value =
            switch node.value {
            case .null: .scalar("null", .plain)
            case .boolean(let truth): .scalar(truth ? "true" : "false", .plain)
            case .number(let text): .scalar(text, .plain)
            case .string(let text): .scalar(text, .quoted)
            case .array(let elements): .sequence(elements.map { YAMLNode($0) })
            case .object(let members):
                .mapping(members.map { Entry(key: $0.name, keyLine: $0.nameLine, node: YAMLNode($0.node)) })
            }
        self.init(value, line: node.line)
    }
}
