import Domain

/// The body of PATCH: where an entry goes, and what of its attributes changes. A member that is not there
/// leaves what it names as it is, as in a merge patch (RFC 7396).
struct FileChangeBody {
    private(set) var destination: RequestedPath?
    private(set) var name: FileName?
    private var overwrite: Bool?
    private var createsParents: Bool?
    private var mode: FileMode?
    private var owner: UserID?
    private var group: GroupID?
    private var modifiedAt: WallTime?
    private var mediaType: MediaTypeChange = .keep
    private var metadata: UserMetadataChange = .keep

    static let members = [
        "name", "destination", "overwrite", "create_parents", "mode", "uid", "gid", "mtime", "content_type",
        "metadata",
    ]
    /// What will be there one day, and is refused with a word of its own.
    private static let unsupported: Set<String> = ["backend", "instance", "storage_class"]

    init(_ members: [JSONNode.Member]) throws(ErrorAnswer) {
        for member in members { try read(member) }
        if name != nil, destination != nil {
            throw .invalidRequest("'name' renames and 'destination' moves: send one of them.")
        }
        if overwrite != nil, !moves {
            throw .invalidRequest("'overwrite' belongs to 'name' or 'destination', and neither is there.")
        }
        if createsParents != nil, destination == nil {
            throw .invalidRequest("'create_parents' belongs to 'destination', which is not there.")
        }
        if !moves, attributes == nil {
            throw .invalidRequest(
                "The body changes nothing. It has some of: \(Self.members.joined(separator: ", ")).")
        }
    }

    private var moves: Bool { name != nil || destination != nil }

    /// What is to be done to an entry that was asked for by `requested`, and where it goes; nil when it stays
    /// where it is.
    func change(
        of requested: RequestedPath
    ) throws(ErrorAnswer) -> (request: ChangeEntry.Request, destination: FilePath?) {
        var request = ChangeEntry.Request(attributes: attributes)
        request.attributes?.requiresDirectory = requested.hasTrailingSlash
        guard moves else { return (request, nil) }
        request.move = MoveEntry.Request(
            overwrite: overwrite ?? false, createsParents: createsParents ?? false,
            requiresDirectory: requested.hasTrailingSlash || destination?.hasTrailingSlash ?? false)
        if let destination { return (request, destination.path) }
        guard let name, let parent = requested.path.parent else {
            throw .invalidRequest("The root directory has no name that could change.")
        }
        return (request, parent.appending(name))
    }

    /// Nil when nothing of them changes.
    private var attributes: SetAttributes.Request? {
        let request = SetAttributes.Request(
            mode: mode, owner: owner, group: group, modifiedAt: modifiedAt, mediaType: mediaType,
            metadata: metadata)
        return request == SetAttributes.Request() ? nil : request
    }

    // MARK: Members

    private mutating func read(_ member: JSONNode.Member) throws(ErrorAnswer) {
        let value = member.node.value
        switch member.name {
        case "name": name = try Self.path(member) { text throws(PathRefusal) in try FileName(text) }
        case "destination":
            destination = try Self.path(member) { text throws(PathRefusal) in
                try RequestedPath(parsing: text)
            }
            guard case .string(let text) = value, text.utf8.first == UInt8(ascii: "/") else {
                throw ErrorAnswer(
                    400, "INVALID_PATH", "'destination' is an absolute path, such as \"/a/b\".")
            }
        case "overwrite": overwrite = try Self.flag(member)
        case "create_parents": createsParents = try Self.flag(member)
        case "mode": mode = try Self.mode(member)
        case "uid": owner = UserID(try Self.number(member))
        case "gid": group = GroupID(try Self.number(member))
        case "mtime": modifiedAt = try Self.time(member)
        case "content_type": mediaType = try Self.mediaType(member)
        case "metadata": metadata = try Self.metadata(member)
        case let name where Self.unsupported.contains(name):
            throw .invalidRequest("This server does not support '\(name)' yet.")
        case let name:
            throw .invalidRequest(
                "There is no member \(PrintableText.quoted(name)) here; there is: "
                    + Self.members.joined(separator: ", ") + ".")
        }
    }

    private static func path<Parsed>(
        _ member: JSONNode.Member, _ parse: (String) throws(PathRefusal) -> Parsed
    ) throws(ErrorAnswer) -> Parsed {
        guard case .string(let text) = member.node.value else {
            throw .invalidRequest("'\(member.name)' is a string.")
        }
        do { return try parse(text) } catch { throw ErrorAnswer(error) }
    }

    private static func flag(_ member: JSONNode.Member) throws(ErrorAnswer) -> Bool {
        guard case .boolean(let flag) = member.node.value else {
            throw .invalidRequest("'\(member.name)' is true or false.")
        }
        return flag
    }

    private static func mode(_ member: JSONNode.Member) throws(ErrorAnswer) -> FileMode {
        guard case .string(let text) = member.node.value, let mode = FileMode(octal: text) else {
            throw .invalidRequest("'mode' is an octal number up to 7777 in quotes, such as \"0644\".")
        }
        return mode
    }

    /// A uid or gid. The largest one of 32 bits means "none" to chown(2), and is nobody's.
    private static func number(_ member: JSONNode.Member) throws(ErrorAnswer) -> UInt32 {
        guard let number = member.node.value.wholeNumber.flatMap({ UInt32(exactly: $0) }), number != .max
        else {
            throw .invalidRequest("'\(member.name)' is a whole number from 0 to \(UInt32.max - 1).")
        }
        return number
    }

    private static func time(_ member: JSONNode.Member) throws(ErrorAnswer) -> WallTime {
        guard case .string(let text) = member.node.value, let time = WallTime(timestamp: text) else {
            throw .invalidRequest("'mtime' is a time such as \"2026-01-31T12:00:00.000000000Z\".")
        }
        return time
    }

    private static func mediaType(_ member: JSONNode.Member) throws(ErrorAnswer) -> MediaTypeChange {
        switch member.node.value {
        case .null: return .set(nil)
        case .string(let text):
            guard let mediaType = MediaType(text) else {
                throw .invalidRequest("'content_type' is not a media type, such as \"text/plain\".")
            }
            return .set(mediaType)
        case .boolean, .number, .array, .object:
            throw .invalidRequest("'content_type' is a string, or null for none.")
        }
    }

    /// Names with their values, null taking one away; null in place of all takes all away.
    private static func metadata(_ member: JSONNode.Member) throws(ErrorAnswer) -> UserMetadataChange {
        switch member.node.value {
        case .null: return .replace(UserMetadata())
        case .object(let members):
            var changes: [(name: String, value: String?)] = []
            var names: Set<String> = []
            for member in members {
                // JSON tells spellings apart, and metadata does not: which one was meant, nobody could say.
                guard names.insert(member.name.lowercased()).inserted else {
                    throw .invalidRequest(
                        "The metadata name \(PrintableText.quoted(member.name)) is there in two spellings; "
                            + "names are the same in any case.")
                }
                switch member.node.value {
                case .null: changes.append((member.name, nil))
                case .string(let text): changes.append((member.name, text))
                case .boolean, .number, .array, .object:
                    throw .invalidRequest(
                        "The metadata value of \(PrintableText.quoted(member.name)) is a string, or null.")
                }
            }
            return .merge(changes)
        case .boolean, .number, .string, .array:
            throw .invalidRequest("'metadata' is an object of strings, where null takes a name away.")
        }
    }
}
