import Domain
import Ports
import Services

/// Shows files and directories to clients: as header fields and as JSON.
final class EntryRepresentation: Sendable {
    let contents: ContentStores
    let identities: Identities
    private let cache = RepresentationCache()

    init(contents: ContentStores, identities: Identities) {
        self.contents = contents
        self.identities = identities
    }

    /// All fields of an answer with a whole file, made once for each state of it. `sha256` is of its content;
    /// nil leaves `Repr-Digest` out.
    func fileFields(_ state: FileState, sha256: [UInt8]?) -> HTTPFieldBlock {
        cache.block(for: state, hasDigest: sha256 != nil) {
            var fields = HTTPFields()
            fields.append("content-type", (state.inode.mediaType ?? .binary).text)
            fields.append("accept-ranges", "bytes")
            fields.append("cache-control", "private, no-cache")
            fields.append("content-security-policy", SecurityHeaders.storedPolicy)
            append(state, to: &fields)
            if let sha256 { fields.append("repr-digest", DigestField.member(.sha256, sha256)) }
            return fields
        }
    }

    /// The fields of an answer about a file or directory.
    func append(_ state: FileState, to fields: inout HTTPFields) { append(state, state.tag, to: &fields) }

    /// The fields of a listing of a directory. Its tag is weak there: the entries' attributes stand in a
    /// listing, and change without the directory.
    func append(listingOf state: FileState, to fields: inout HTTPFields) {
        append(state, state.tag.weakened, to: &fields)
    }

    private func append(_ state: FileState, _ tag: EntityTag, to fields: inout HTTPFields) {
        let inode = state.inode
        fields.append("etag", tag.description)
        fields.append("last-modified", inode.modifiedAt.httpDate)
        fields.append("x-callfs-type", inode.kind.rawValue)
        fields.append("x-callfs-size", String(inode.size))
        fields.append("x-callfs-mode", inode.mode.octal)
        fields.append("x-callfs-uid", String(inode.owner.value))
        fields.append("x-callfs-gid", String(inode.group.value))
        if let name = identities.name(of: inode.owner) { fields.append("x-callfs-owner", name) }
        if let name = identities.name(of: inode.group) { fields.append("x-callfs-group", name) }
        fields.append("x-callfs-mtime", inode.modifiedAt.timestamp)
        if inode.kind != .directory { fields.append("x-callfs-links", String(inode.linkCount)) }
        if let target = inode.symlinkTarget {
            fields.append("x-callfs-target", PercentEncoding.encode(target: target))
        }
        for entry in inode.metadata.entries {
            fields.append(UserMetadataFields.prefix + entry.name, entry.value)
        }
        if let store = contents.registration(for: state.location) {
            if let instance = store.instance { fields.append("x-callfs-instance-id", instance.text) }
            fields.append("x-callfs-backend-type", store.kind.rawValue)
        }
    }

    /// The JSON object of an entry.
    func write(_ state: FileState, to json: inout JSONWriter) {
        let inode = state.inode
        json.beginObject()
        json.member("name", state.path.last?.text ?? "/")
        json.member("path", state.path.description)
        json.member("type", inode.kind.rawValue)
        json.member("size", inode.size)
        json.member("mode", inode.mode.octal)
        json.member("uid", inode.owner.value)
        json.member("gid", inode.group.value)
        json.member("mtime", inode.modifiedAt.timestamp)
        json.member("etag", state.tag.description)
        if inode.kind != .directory { json.member("nlink", inode.linkCount) }
        if let target = inode.symlinkTarget { json.member("target", target) }
        if inode.kind == .file { json.member("content_type", (inode.mediaType ?? .binary).text) }
        if !inode.metadata.isEmpty {
            json.key("metadata")
            json.beginObject()
            for entry in inode.metadata.entries { json.member(named: entry.name, entry.value) }
            json.endObject()
        }
        if let store = contents.registration(for: state.location) {
            if let instance = store.instance { json.member("instance_id", instance.text) }
            json.member("backend_type", store.kind.rawValue)
        }
        json.endObject()
    }

    func json(_ state: FileState) -> [UInt8] {
        var json = JSONWriter()
        write(state, to: &json)
        return json.bytes
    }

    /// An answer about an entry that was made or changed, as it was given.
    func answer(_ entry: RecordedEntry, _ exchange: Exchange) -> HTTPResponse {
        let state = FileState(path: entry.path, inode: entry.inode, location: entry.location)
        var response = exchange.answer(entry.status, json: json(state))
        if entry.saysWhere { response.fields.append("location", state.url) }
        append(state, to: &response.fields)
        if let sha256 = entry.sha256 {
            response.fields.append("repr-digest", DigestField.member(.sha256, sha256))
        }
        return response
    }
}
