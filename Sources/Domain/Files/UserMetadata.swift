/// Names and values that clients keep with a file or directory: the `user.*` extended attributes of xattr(7),
/// as text. Sorted by name; small, because it travels with every lookup.
package struct UserMetadata: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let value: String
    }

    /// In byte order of their names, each name once.
    package private(set) var entries: [Entry] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }

    package subscript(name: String) -> String? { entries.first { Self.isSame($0.name, name) }?.value }

    /// Adds a name with its value, or gives a name that is there another value. Names are compared and
    /// kept in lower case, as HTTP compares the fields that carry them.
    package mutating func set(_ name: String, to value: String) throws(UserMetadataRefusal) {
        let name = try Self.validated(name: name)
        try Self.validate(value, of: name)
        var changed = entries.filter { !Self.isSame($0.name, name) }
        let index = changed.firstIndex { $0.name.utf8.lexicographicallyPrecedes(name.utf8) == false }
        changed.insert(Entry(name: name, value: value), at: index ?? changed.endIndex)
        guard changed.count <= Limits.userMetadataEntriesMax else { throw .tooMany }
        let bytes = changed.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard bytes <= Limits.userMetadataBytesMax else { throw .tooLarge }
        entries = changed
    }

    /// Takes a name away. One that is not there is no error.
    package mutating func remove(_ name: String) throws(UserMetadataRefusal) {
        let name = try Self.validated(name: name)
        entries.removeAll { Self.isSame($0.name, name) }
    }

    // MARK: Storing

    /// One line an entry, `name=value`: no name has an equals sign, and no value a line's end.
    package var stored: String { entries.map { $0.name + "=" + $0.value }.joined(separator: "\n") }

    /// What was stored; nil for what cannot have been.
    package init?(stored text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")),
                let name = String(line[..<equals]), let value = String(line[line.index(after: equals)...])
            else { return nil }
            entries.append(Entry(name: name, value: value))
        }
    }

    // MARK: Rules

    private static func validated(name: String) throws(UserMetadataRefusal) -> String {
        let lowered = name.lowercased()
        guard (1...Limits.userMetadataNameBytesMax).contains(lowered.utf8.count),
            let first = lowered.utf8.first, isAlphanumeric(first),
            lowered.utf8.allSatisfy({ isAlphanumeric($0) || "._-".utf8.contains($0) })
        else { throw .name(PrintableText.quoted(name)) }
        return lowered
    }

    /// A field of HTTP loses the white space around its value, so none may be there.
    private static func validate(_ value: String, of name: String) throws(UserMetadataRefusal) {
        guard value.unicodeScalars.allSatisfy(PrintableText.isPrintable),
            value.utf8.first != UInt8(ascii: " "), value.utf8.last != UInt8(ascii: " ")
        else { throw .value(ofName: name) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    // Swift compares strings by canonical equivalence; names are bytes.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }
}

/// Why something is no user metadata.
package enum UserMetadataRefusal: Error, Equatable, Sendable {
    /// The name, fit to be shown.
    case name(String)
    case value(ofName: String)
    case tooMany
    case tooLarge
}

extension UserMetadataRefusal: CustomStringConvertible {
    /// A sentence for the client.
    package var description: String {
        switch self {
        case .name(let name):
            "The metadata name \(name) is not 1 to \(Limits.userMetadataNameBytesMax) letters, digits, '.', "
                + "'_' and '-' that begin with a letter or digit."
        case .value(let name):
            "The metadata value of '\(name)' has characters that do not print, or a space at its beginning "
                + "or end."
        case .tooMany: "There are more than \(Limits.userMetadataEntriesMax) names of metadata."
        case .tooLarge:
            "Names and values of metadata are more than \(Limits.userMetadataBytesMax) bytes together."
        }
    }
}

/// What a request does to the metadata of what it names.
package enum UserMetadataChange: Sendable, Equatable {
    case keep
    /// All of it becomes this.
    case replace(UserMetadata)
    /// Sets the names that have a value and takes the others away, in this order; the rest stays.
    case merge([(name: String, value: String?)])

    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.keep, .keep): true
        case (.replace(let left), .replace(let right)): left == right
        case (.merge(let left), .merge(let right)): left.elementsEqual(right, by: ==)
        case (.keep, _), (.replace, _), (.merge, _): false
        }
    }

    /// What it makes of metadata that is there.
    package func applied(to metadata: UserMetadata) throws(UserMetadataRefusal) -> UserMetadata {
        switch self {
        case .keep: return metadata
        case .replace(let new): return new
        case .merge(let changes):
            var merged = metadata
            // What is taken away makes room for what comes.
            for change in changes where change.value == nil { try merged.remove(change.name) }
            for case (let name, let value?) in changes { try merged.set(name, to: value) }
            return merged
        }
    }
}
