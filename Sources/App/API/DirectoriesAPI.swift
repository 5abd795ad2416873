import Domain
import Ports
import Services

/// `/v1/directories/{path}`: listings, flat or recursive, paged or streamed.
struct DirectoriesAPI {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    func respond(to exchange: Exchange) async throws(ErrorAnswer) -> HTTPResponse {
        let path = try exchange.path().path
        let query = try exchange.query(knowing: ["recursive", "max_depth", "limit", "cursor"])
        let isRecursive = try query.flag("recursive")
        let depth = try query.integer(
            "max_depth", in: 0...Limits.listDepthMax, default: Limits.listDepthDefault)
        let limit = try query.integer("limit", in: 1...Limits.listPageMax, default: Limits.listPageDefault)
        let asLines = Self.wantsLines(exchange.request.fields)
        if asLines, query["limit"] != nil {
            throw .invalidRequest("'limit' is for pages; newline-delimited JSON is one stream.")
        }
        let conditions = try Conditions(exchange.request.fields, now: node.dependencies.time.wallNow())
        let opened: OpenedFile
        let depthMax = isRecursive ? max(1, depth) : 1
        do throws(Failure) {
            opened = try await node.inspect(
                path, following: .all, conditions: conditions, by: exchange.principal)
            guard opened.state.inode.kind == .directory else {
                throw .refused(.invalid("'\(path)' is not a directory."))
            }
        } catch {
            throw errors.answer(to: error)
        }
        let state = opened.state
        let after = try ListingCursor.parse(query["cursor"], below: state.path, isFlat: !isRecursive)
        let walk: DirectoryWalk
        do {
            walk = try node.walk(
                below: opened.resolution, depthMax: depthMax, after: after, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        if asLines {
            var response = exchange.answer(200, json: [])
            response.fields = HTTPFields()
            response.fields.append("content-type", "application/x-ndjson")
            response.fields.append("cache-control", "no-store")
            response.fields.append("content-security-policy", SecurityHeaders.ownPolicy)
            entries.append(listingOf: state, to: &response.fields)
            response.variesByAccept = true
            response.body = .stream(
                ListingLines(
                    walk: walk, entries: entries, reportsDepth: isRecursive, log: node.dependencies.log),
                length: nil)
            return response
        }
        return try await page(
            walk, of: state, exchange, limit: limit, depth: isRecursive ? depthMax : nil)
    }

    private func page(
        _ walk: DirectoryWalk, of state: FileState, _ exchange: Exchange, limit: Int, depth: Int?
    ) async throws(ErrorAnswer) -> HTTPResponse {
        var items = JSONWriter(reserving: 4096)
        var count = 0
        var last: FilePath?
        var cursor: FilePath?
        do throws(Failure) {
            while let walked = try await walk.next() {
                if count == limit || items.bytes.count >= Limits.listPageBytes {
                    cursor = last
                    break
                }
                items.append(walked, entries)
                last = walked.path
                count += 1
            }
        } catch {
            throw errors.answer(to: error)
        }
        var json = JSONWriter(reserving: items.bytes.count + 256)
        json.beginObject()
        json.member("path", state.path.description)
        json.member("type", "directory")
        json.member("etag", state.tag.description)
        json.member("recursive", depth != nil)
        if let depth { json.member("max_depth", depth) }
        json.member("count", count)
        json.key("items")
        json.beginArray()
        json.raw(items.bytes)
        json.endArray()
        if let cursor { json.member("next_cursor", cursor.description) }
        if depth != nil, walk.isTruncated { json.member("truncated", true) }
        if walk.omitted > 0 { json.member("omitted", walk.omitted) }
        json.endObject()
        var response = exchange.answer(200, json: json.bytes)
        entries.append(listingOf: state, to: &response.fields)
        response.variesByAccept = true
        return response
    }

    private static func wantsLines(_ fields: HTTPFields) -> Bool {
        AcceptedMedia.prefers(
            "application/x-ndjson", over: "application/json", accepting: fields.joined("accept"))
    }
}

/// A listing as newline-delimited JSON, made as it is read: one entry a line, and a summary as the last.
final class ListingLines: ByteStream {
    private let walk: DirectoryWalk
    private let entries: EntryRepresentation
    private let reportsDepth: Bool
    private let log: any EventLog
    private var line = JSONWriter(reserving: 512)
    private var sent = 0
    private var count = 0
    private var isDone = false

    init(walk: DirectoryWalk, entries: EntryRepresentation, reportsDepth: Bool, log: any EventLog) {
        self.walk = walk
        self.entries = entries
        self.reportsDepth = reportsDepth
        self.log = log
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        var total = 0
        while buffer.writableCount > 0 {
            if sent == line.bytes.count {
                guard !isDone else { break }
                try await nextLine()
            }
            let count = line.bytes.withUnsafeBytes { bytes in
                buffer.append(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            sent += count
            total += count
        }
        return total
    }

    private func nextLine() async throws(ByteStreamError) {
        line.removeAll()
        sent = 0
        do throws(Failure) {
            if let walked = try await walk.next() {
                line.append(walked, entries)
                count += 1
            } else {
                isDone = true
                line.beginObject()
                line.member("summary", true)
                line.member("count", count)
                if reportsDepth { line.member("truncated", walk.isTruncated) }
                line.member("omitted", walk.omitted)
                line.endObject()
            }
        } catch {
            log.log(.error, "a listing broke off", [LogField("error", String(describing: error))])
            throw .unavailable
        }
        line.endLine()
    }
}

extension JSONWriter {
    fileprivate mutating func append(_ walked: WalkedEntry, _ entries: EntryRepresentation) {
        entries.write(
            FileState(path: walked.path, inode: walked.entry.inode, location: walked.entry.location),
            to: &self)
    }
}
