import Glibc
package import Ports

/// What `scripts/contract --withhold` leaves out of the answers that tests read, to see that a test fails
/// without it: `header NAME`, `field SHAPE.NAME` or `code CODE`, in CALLFS_WITHHOLD. Nothing in a usual run.
package enum WithheldItem {
    private static let item: (kind: String, name: String)? = {
        guard let value = getenv("CALLFS_WITHHOLD") else { return nil }
        let parts = String(cString: value).split(separator: " ")
        guard parts.count == 2 else { return nil }
        return (String(parts[0]), String(parts[1]))
    }()

    package static func read(code: String) -> String {
        item.map { $0.kind == "code" && $0.name == code } == true ? blank(code) : code
    }

    package static func read(_ fields: HTTPFields) -> HTTPFields {
        guard let item, item.kind == "header" else { return fields }
        var left = HTTPFields()
        for field in fields.all + fields.blocks.flatMap(\.fields) where field.name != item.name {
            left.append(field.name, field.value)
        }
        return left
    }

    /// As long as the text, so that no length tells.
    private static func blank(_ text: some StringProtocol) -> String {
        String(repeating: "-", count: text.utf8.count)
    }

    /// Members are known by their names alone here, whatever object they are in.
    package static func read(body: [UInt8]) -> [UInt8] {
        guard let item else { return body }
        let text = String(decoding: body, as: UTF8.self)
        switch item.kind {
        case "code":
            return Array(
                text.replacing("\"code\":\"\(item.name)\"", with: "\"code\":\"\(blank(item.name))\"").utf8)
        case "field":
            let name = item.name.split(separator: ".").last ?? ""
            return Array(text.replacing("\"\(name)\":", with: "\"\(blank(name))\":").utf8)
        default:
            return body
        }
    }
}
