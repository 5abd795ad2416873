import Domain
import Ports
import SimCheckers

/// Reads answers of the API as outcomes of calls.
enum AnswerDecoding {
    static func outcome(of reception: Reception, to call: Call) -> Outcome {
        switch reception {
        case .refused: .withdrawn("connection refused")
        case .gone: .unknown
        case .answered(let answer): outcome(of: answer, to: call)
        }
    }

    private static func outcome(of answer: ReceivedAnswer, to call: Call) -> Outcome {
        switch answer.status {
        case 304: return .ok(.notModified)
        case 200..<300: return success(answer, call)
        default:
            let code = code(answer)
            // HEAD has no body that could say the code.
            if code.isEmpty, case .stat = call { return headRefusal(answer.status) }
            if code.isEmpty { return .unknown }
            let outcome = Outcome(status: answer.status, code: code)
            // What only looks has no effect that could be in doubt.
            if case .unknown = outcome, call.onlyLooks { return .withdrawn(code) }
            // The bytes are there before a link is claimed: where they are not, it is as it was (P5).
            if case .redeemLink = call, ["INSTANCE_UNAVAILABLE", "BACKEND_UNAVAILABLE"].contains(code) {
                return .withdrawn(code)
            }
            return outcome
        }
    }

    private static func headRefusal(_ status: Int) -> Outcome {
        switch status {
        case 404: .refused(.notFound)
        case 403: .refused(.permissionDenied)
        case 409: .refused(.notADirectory)
        case 412: .refused(.preconditionFailed)
        case 400: .refused(.invalid)
        default: .withdrawn(String(status))
        }
    }

    private static func code(_ answer: ReceivedAnswer) -> String {
        guard case .object(let members)? = (try? JSONReader.parse(answer.body))?.value,
            case .string(let code)? = members.first(where: { $0.name == "code" })?.node.value
        else { return "" }
        return code
    }

    private static func success(_ answer: ReceivedAnswer, _ call: Call) -> Outcome {
        switch call {
        case .write, .makeDirectory, .makeSymlink, .link, .copy, .move:
            guard var attributes = attributes(answer.fields) else { return .ok(.nothing) }
            // The field `Content-Type` is that of the answer.
            attributes.mediaType = answer.isWhole ? text("content_type", in: answer.body) : nil
            return .ok(.written(isNew: answer.status == 201, attributes))
        case .setAttributes:
            return attributes(answer.fields).map { .ok(.written(isNew: false, $0)) } ?? .ok(.nothing)
        case .remove, .removeTree: return .ok(.nothing)
        case .issueLink: return answer.isWhole ? .ok(.link) : .unknown
        case .stat:
            guard var attributes = attributes(answer.fields) else { return .unknown }
            if attributes.kind == .file { attributes.mediaType = answer.fields.first("content-type") }
            // Whoever may not read is shown none.
            let labels = labels(answer.fields)
            if !labels.isEmpty { attributes.labels = labels }
            return .ok(.attributes(attributes))
        case .read(_, let options): return content(answer, options.range, showsLabels: true)
        case .redeemLink: return content(answer, nil)
        case .list: return answer.isWhole ? page(answer) : .unknown
        }
    }

    private static func content(
        _ answer: ReceivedAnswer, _ range: Range<Int>?, showsLabels: Bool = false
    ) -> Outcome {
        guard answer.isWhole else { return .unknown }
        var attributes = attributes(answer.fields) ?? Attributes(kind: .file)
        if attributes.kind == .directory { return page(answer) }
        if answer.status == 200 {
            attributes.mediaType = answer.fields.first("content-type")
            if showsLabels { attributes.labels = labels(answer.fields) }
        }
        let seen = answer.status == 206 ? part(answer) : SeenContent(answer.body)
        return .ok(.content(seen, attributes))
    }

    /// `Content-Range: bytes 3-7/20`.
    private static func part(_ answer: ReceivedAnswer) -> SeenContent {
        guard let text = answer.fields.only("content-range"), text.hasPrefix("bytes "),
            let dash = text.firstIndex(of: "-"), let slash = text.firstIndex(of: "/"),
            let first = Int(text.dropFirst(6)[..<dash]),
            let last = Int(text[text.index(after: dash)..<slash]), last >= first
        else { return .damaged("no range is told") }
        guard last - first + 1 == answer.body.count else { return .damaged("another range than is told") }
        return .part(first..<last + 1, answer.body)
    }

    private static func text(_ name: String, in json: [UInt8]) -> String? {
        guard case .object(let members)? = (try? JSONReader.parse(json))?.value,
            case .string(let text)? = members.first(where: { $0.name == name })?.node.value
        else { return nil }
        return text
    }

    private static func attributes(_ fields: HTTPFields) -> Attributes? {
        guard let kind = fields.first("x-callfs-type").flatMap({ FileKind(rawValue: $0) }) else { return nil }
        return Attributes(
            kind: kind, mode: fields.first("x-callfs-mode").flatMap { FileMode(octal: $0) },
            owner: fields.first("x-callfs-uid").flatMap { UInt32($0) }.map { UserID($0) },
            group: fields.first("x-callfs-gid").flatMap { UInt32($0) }.map { GroupID($0) },
            size: kind == .file ? fields.first("x-callfs-size").flatMap { Int($0) } : nil,
            links: fields.first("x-callfs-links").flatMap { Int($0) }, tag: fields.first("etag"),
            mediaType: nil,
            target: fields.first("x-callfs-target").flatMap { try? PercentEncoding.decode(query: $0) })
    }

    private static func labels(_ fields: HTTPFields) -> [String: String] {
        let prefix = "x-callfs-meta-"
        var labels: [String: String] = [:]
        for field in fields.all where field.name.hasPrefix(prefix) {
            labels[String(field.name.dropFirst(prefix.count))] = field.value
        }
        return labels
    }

    private static func page(_ answer: ReceivedAnswer) -> Outcome {
        guard case .array(let nodes)? = (try? JSONReader.parse(answer.body))?.value else { return .unknown }
        let entries = nodes.compactMap { node -> SeenEntry? in
            guard case .object(let members) = node.value else { return nil }
            return entry(members)
        }
        guard entries.count == nodes.count else { return .unknown }
        return .ok(.page(entries, hasMore: answer.fields.first("link") != nil))
    }

    private static func entry(_ members: [JSONNode.Member]) -> SeenEntry? {
        var texts: [String: String] = [:]
        for member in members {
            switch member.node.value {
            case .string(let text), .number(let text): texts[member.name] = text
            case .null, .boolean, .array, .object: break
            }
        }
        guard let name = texts["name"].flatMap({ try? FileName($0) }),
            let kind = texts["type"].flatMap({ FileKind(rawValue: $0) })
        else { return nil }
        return SeenEntry(
            name,
            Attributes(
                kind: kind, mode: texts["mode"].flatMap { FileMode(octal: $0) },
                owner: texts["uid"].flatMap { UInt32($0) }.map { UserID($0) },
                group: texts["gid"].flatMap { UInt32($0) }.map { GroupID($0) },
                size: kind == .file ? texts["size"].flatMap { Int($0) } : nil,
                links: texts["nlink"].flatMap { Int($0) }, tag: texts["etag"],
                mediaType: texts["content_type"], target: texts["target"]))
    }
}
