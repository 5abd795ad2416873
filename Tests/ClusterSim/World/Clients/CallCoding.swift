import Domain
import Ports
import SimCheckers

/// Writes calls as requests of the API.
enum CallCoding {
    /// `tokens` are those of download links, by the operation that made them.
    static func request(_ call: Call, tokens: [OperationID: String]) -> SentRequest {
        switch call {
        case .write(let path, let body, let options): write(path, body, options)
        case .read(let path, let options): read(path, options)
        case .stat(let path, let following):
            SentRequest(.head, files(path) + (following ? "" : "?follow=false"))
        case .list(let path, let after, let limit): list(path, after, limit)
        case .makeDirectory(let path, let mode, let tolerant):
            SentRequest(
                .post, files(path) + "/" + (tolerant ? "?parents=true" : ""),
                fields: mode.map { [("x-callfs-mode", $0.octal)] } ?? [])
        case .makeSymlink(let path, let target):
            json(.post, files(path), [("type", .text("symlink")), ("target", .text(target))])
        case .link(let existing, let path):
            json(.post, files(path), [("type", .text("link")), ("target", .text(existing.description))])
        case .remove(let path, let conditions):
            SentRequest(.delete, files(path), fields: fields(of: conditions))
        case .removeTree(let path): SentRequest(.delete, files(path) + "?recursive=true")
        case .move(let path, let destination, let options): move(path, destination, options)
        case .copy(let path, let destination, let overwrite, let conditions):
            SentRequest(
                .copy, files(path),
                fields: [("destination", files(destination)), ("overwrite", overwrite ? "T" : "F")]
                    + fields(of: conditions))
        case .setAttributes(let path, let attributes, let conditions):
            set(path, attributes, conditions)
        case .issueLink(let path):
            json(
                .post, "/v1/links/generate",
                [("path", .text(path.description)), ("expiry_seconds", .number(3_600))])
        case .redeemLink(let link, _, _):
            SentRequest(.get, "/download/" + (tokens[link] ?? "none"))
        }
    }

    private static func files(_ path: FilePath) -> String {
        path.names.isEmpty ? "/v1/files" : "/v1/files" + PercentEncoding.encode(path: path)
    }

    private static func write(_ path: FilePath, _ body: BodyValue, _ options: WriteOptions) -> SentRequest {
        var request = SentRequest(options.exclusive ? .post : .put, files(path), body: body.bytes())
        if let mode = options.mode { request.fields.append(("x-callfs-mode", mode.octal)) }
        if let type = options.mediaType { request.fields.append(("content-type", type)) }
        request.fields += fields(of: options.conditions)
        return request
    }

    private static func read(_ path: FilePath, _ options: ReadOptions) -> SentRequest {
        var request = SentRequest(.get, files(path), fields: fields(of: options.conditions))
        if let range = options.range {
            request.fields.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
        }
        return request
    }

    private static func list(_ path: FilePath, _ after: FileName?, _ limit: Int) -> SentRequest {
        var target = files(path) + (path.names.isEmpty ? "/" : "/") + "?limit=\(limit)"
        if let after {
            target += "&cursor=" + PercentEncoding.encode(segment: path.appending(after).description)
        }
        return SentRequest(.get, target)
    }

    private static func move(
        _ path: FilePath, _ destination: FilePath, _ options: MoveOptions
    ) -> SentRequest {
        var members: [(String, Scalar)] = [("destination", .text(destination.description))]
        if options.overwrite { members.append(("overwrite", .boolean(true))) }
        if options.createsParents { members.append(("create_parents", .boolean(true))) }
        var request = json(.patch, files(path), members)
        request.fields += fields(of: options.conditions)
        return request
    }

    private static func set(
        _ path: FilePath, _ attributes: NewAttributes, _ conditions: CallConditions
    ) -> SentRequest {
        var members: [(String, Scalar)] = []
        if let mode = attributes.mode { members.append(("mode", .text(mode.octal))) }
        if let owner = attributes.owner { members.append(("uid", .number(Int(owner.value)))) }
        if let group = attributes.group { members.append(("gid", .number(Int(group.value)))) }
        if let time = attributes.modifiedAt { members.append(("mtime", .text(time.timestamp))) }
        if let type = attributes.mediaType { members.append(("content_type", .text(type))) }
        if !attributes.labels.isEmpty { members.append(("metadata", .labels(attributes.labels))) }
        var request = json(.patch, files(path), members)
        request.fields += fields(of: conditions)
        return request
    }

    private static func fields(of conditions: CallConditions) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let tags = conditions.ifMatch { fields.append(("if-match", text(tags))) }
        if let tags = conditions.ifNoneMatch { fields.append(("if-none-match", text(tags))) }
        return fields
    }

    private static func text(_ tags: CallConditions.Tags) -> String {
        switch tags {
        case .any: "*"
        case .tag(let tag): tag
        }
    }

    private enum Scalar {
        case text(String)
        case number(Int)
        case boolean(Bool)
        case labels([String: String])
    }

    /// No text of a simulation needs escapes.
    private static func json(
        _ method: HTTPMethod, _ target: String, _ members: [(String, Scalar)]
    ) -> SentRequest {
        let written = members.map { name, value in
            switch value {
            case .text(let text): "\"\(name)\":\"\(text)\""
            case .number(let number): "\"\(name)\":\(number)"
            case .boolean(let flag): "\"\(name)\":\(flag)"
            case .labels(let labels):
                "\"\(name)\":{"
                    + labels.sorted { $0.key < $1.key }
                    .map { "\"\($0.key)\":" + ($0.value.isEmpty ? "null" : "\"\($0.value)\"") }
                    .joined(separator: ",") + "}"
            }
        }
        return SentRequest(
            method, target, fields: [("content-type", "application/json")],
            body: Array("{\(written.joined(separator: ","))}".utf8))
    }
}
