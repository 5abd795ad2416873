import Domain
import Ports

extension ServedFilesystem {
    /// Sends the request that says what the step says.
    func outcome(of step: Step) async throws -> Outcome {
        let caller = step.caller
        switch step.call {
        case .makeDirectory(let path, let mode, let tolerates):
            let target = path == "/" ? "/" : path + "/"
            return try await entry(
                send(
                    .post, "/v1/files" + target + (tolerates ? "?parents=true" : ""), by: caller,
                    fields: Self.fields(mode)))
        case .create(let path, let mode, let bytes):
            guard path != "/" else {
                return try await entry(post(#"{"type":"file"}"#, at: path, by: caller))
            }
            return try await entry(
                send(.post, "/v1/files" + path, by: caller, fields: Self.fields(mode), body: bytes.all))
        case .write(let path, let mode, let bytes):
            return try await entry(
                send(.put, "/v1/files" + path, by: caller, fields: Self.fields(mode), body: bytes.all))
        case .makeSymlink(let path, let target):
            return try await entry(
                post(#"{"type":"symlink","target":"\#(target)"}"#, at: path, by: caller))
        case .makeLink(let path, let target):
            return try await entry(post(#"{"type":"link","target":"\#(target)"}"#, at: path, by: caller))
        case .read(let path): return try await read(path, by: caller)
        case .inspect(let path, let following):
            let query = following ? "" : "?follow=false"
            let answer = try await send(.head, "/v1/files" + path + query, by: caller)
            guard answer.status == 200 else { return .refusedWithStatus(answer.status) }
            return Self.shown(answer).map { .entry($0, isNew: nil) } ?? .refused(.unexpected)
        case .rename(let from, let to, let overwrite, let makesParents):
            let body =
                #"{"destination":"\#(to)","overwrite":\#(overwrite),"create_parents":\#(makesParents)}"#
            return try await entry(patch(body, at: from, by: caller), tellsNew: false)
        case .change(let path, let attributes):
            return try await change(path, attributes, by: caller)
        case .remove(let path):
            let answer = try await send(.delete, "/v1/files" + path, by: caller)
            return answer.status == 204 ? .removed : .refused(Self.refusal(answer))
        case .compareTrees: return .tree(try await treeLines())
        }
    }

    // MARK: Requests

    private static func fields(_ mode: UInt16?) -> [(String, String)] {
        mode.map { [("x-callfs-mode", "0" + String($0, radix: 8))] } ?? []
    }

    private func post(_ descriptor: String, at path: String, by caller: Caller) async throws -> Answer {
        try await send(
            .post, "/v1/files" + path, by: caller, fields: [("content-type", "application/json")],
            body: Array(descriptor.utf8))
    }

    private func patch(_ body: String, at path: String, by caller: Caller) async throws -> Answer {
        try await send(
            .patch, "/v1/files" + path, by: caller, fields: [("content-type", "application/json")],
            body: Array(body.utf8))
    }

    private func read(_ path: String, by caller: Caller) async throws -> Outcome {
        let answer = try await send(.get, "/v1/files" + path, by: caller)
        guard answer.status == 200 else { return .refused(Self.refusal(answer)) }
        guard answer.fields.first("x-callfs-type") == "directory" else { return .bytes(answer.body) }
        guard case .array(let entries) = try JSONReader.parse(answer.body).value else {
            return .refused(.unexpected)
        }
        return .names(entries.map { entry in entry.text("name") + " " + entry.shown.line }.sorted())
    }

    private func change(
        _ path: String, _ attributes: Call.Attributes, by caller: Caller
    ) async throws -> Outcome {
        var members: [String] = []
        if let user = attributes.user { members.append(#""uid":\#(user)"#) }
        if let group = attributes.group { members.append(#""gid":\#(group)"#) }
        if let mode = attributes.mode { members.append(#""mode":"0\#(String(mode, radix: 8))""#) }
        let time = attributes.modifiedAt.map {
            WallTime(nanoseconds: Int64($0) * 1_000_000_000).timestamp
        }
        if let time { members.append(#""mtime":"\#(time)""#) }
        let answer = try await patch("{" + members.joined(separator: ",") + "}", at: path, by: caller)
        let outcome = entry(answer, tellsNew: false)
        guard case .entry(var shown, _) = outcome, time != nil else { return outcome }
        let isSet = answer.fields.first("x-callfs-mtime") == time
        shown.modifiedAt = isSet ? attributes.modifiedAt : 0
        return .entry(shown, isNew: nil)
    }

    // MARK: Answers

    private func entry(_ answer: Answer, tellsNew: Bool = true) -> Outcome {
        guard answer.status == 200 || answer.status == 201 else { return .refused(Self.refusal(answer)) }
        guard let shown = Self.shown(answer) else { return .refused(.unexpected) }
        return .entry(shown, isNew: tellsNew ? answer.status == 201 : nil)
    }

    /// The attributes that the fields of an answer tell.
    static func shown(_ answer: Answer) -> Shown? {
        let fields = answer.fields
        guard let kind = fields.first("x-callfs-type").flatMap({ Shown.Kind(rawValue: $0) }),
            let mode = fields.first("x-callfs-mode").flatMap({ UInt16($0, radix: 8) }),
            let user = fields.first("x-callfs-uid").flatMap({ UInt32($0) }),
            let group = fields.first("x-callfs-gid").flatMap({ UInt32($0) }),
            let size = fields.first("x-callfs-size").flatMap({ Int($0) })
        else { return nil }
        let links = fields.first("x-callfs-links").flatMap { Int($0) } ?? (kind == .directory ? 0 : 1)
        return Shown(kind: kind, mode: mode, user: user, group: group, size: size, links: links)
    }

    private static func refusal(_ answer: Answer) -> RefusalKind {
        guard let body = try? JSONReader.parse(answer.body) else { return .unexpected }
        switch (answer.status, body.text("code")) {
        case (404, "FILE_NOT_FOUND"): return .missing
        case (403, "PERMISSION_DENIED"): return .denied
        case (409, "FILE_ALREADY_EXISTS"): return .exists
        case (409, "NOT_A_DIRECTORY"): return .notDirectory
        case (400, "IS_A_DIRECTORY"): return .isDirectory
        case (409, "DIRECTORY_NOT_EMPTY"): return .notEmpty
        case (400, "INVALID_PATH"): return .badPath
        case (400, "INVALID_REQUEST"): return .invalid
        default: return .unexpected
        }
    }
}

extension JSONNode {
    /// A member of an object; nil when there is none.
    private func member(_ name: String) -> JSONNode.Value? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.name == name }?.node.value
    }

    func text(_ name: String) -> String {
        if case .string(let text) = member(name) { text } else { "" }
    }

    func number(_ name: String) -> Int? {
        if case .number(let text) = member(name) { Int(text) } else { nil }
    }

    /// The attributes that the object of an entry tells.
    var shown: Shown {
        Shown(
            kind: Shown.Kind(rawValue: text("type")) ?? .file, mode: UInt16(text("mode"), radix: 8) ?? .max,
            user: UInt32(number("uid") ?? -1 & 0xFFFF_FFFF), group: UInt32(number("gid") ?? -1 & 0xFFFF_FFFF),
            size: number("size") ?? -1, links: number("nlink") ?? (text("type") == "directory" ? 0 : 1))
    }
}
