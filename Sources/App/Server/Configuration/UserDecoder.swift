private import Domain
internal import YAML

/// Reads `auth.users`. Tells every mistake of every user; never repeats a key.
enum UserDecoder {
    private static let fields = ["name", "uid", "gid", "groups", "keys", "key_sha256", "umask"]

    static func users(_ node: YAMLNode, faults: inout [SettingFault]) -> [UserSettings] {
        guard case .sequence(let elements) = node.value else {
            faults.append(SettingFault(message: "expects \(SettingType.users.expectation)"))
            return []
        }
        var users: [UserSettings] = []
        for (index, element) in elements.enumerated() where faults.count < WrittenSettings.problemsMax {
            var reader = FieldReader(element, place: "[\(index)]")
            if let user = reader.user() { users.append(user) }
            faults += reader.faults
        }
        return users
    }

    private struct FieldReader {
        private(set) var faults: [SettingFault] = []
        private let node: YAMLNode
        private let place: String
        private var entries: [String: YAMLNode] = [:]

        init(_ node: YAMLNode, place: String) {
            self.node = node
            self.place = place
            guard case .mapping(let entries) = node.value else {
                fail("expects `name`, `uid`, `gid` and `keys` or `key_sha256`")
                return
            }
            for entry in entries where fields.contains(entry.key) { self.entries[entry.key] = entry.node }
            let unknown = entries.lazy.filter { !fields.contains($0.key) }
            for entry in unknown.prefix(WrittenSettings.problemsMax) {
                let nearest = EditDistance.nearest(to: entry.key, among: fields)
                let hint = nearest.map { "; did you mean `\($0)`?" } ?? ""
                fail("has no field \(PrintableText.quoted(entry.key))\(hint)", line: entry.keyLine)
            }
        }

        mutating func user() -> UserSettings? {
            guard case .mapping = node.value else { return nil }
            let name = required("name").flatMap { self.name($0) }
            let user = required("uid").flatMap { identity($0, "uid") }
            let group = required("gid").flatMap { identity($0, "gid") }
            let principal = Principal(
                name: name ?? "", user: UserID(user ?? 0), group: GroupID(group ?? 0),
                supplementaryGroups: groups(), umask: umask())
            let settings = UserSettings(principal: principal, keys: keys(), keyDigests: digests())
            if settings.keys.isEmpty, settings.keyDigests.isEmpty, faults.isEmpty {
                fail("has neither `keys` nor `key_sha256`, so nobody could act as this user")
            }
            return faults.isEmpty ? settings : nil
        }

        private mutating func required(_ field: String) -> YAMLNode? {
            if let node = entries[field], !node.isNull { return node }
            fail("lacks `\(field)`")
            return nil
        }

        private mutating func name(_ node: YAMLNode) -> String? {
            if case .scalar(let text, _) = node.value, InstanceID(text) != nil { return text }
            fail("`name` expects \(SettingType.instanceID.expectation)", line: node.line)
            return nil
        }

        private mutating func identity(_ node: YAMLNode, _ field: String) -> UInt32? {
            if case .scalar(let text, _) = node.value,
                let number = SettingDecoder.integer(text, in: 0...SettingDecoder.identityMax)
            {
                return UInt32(number)
            }
            fail("`\(field)` expects \(SettingType.identity.expectation)", line: node.line)
            return nil
        }

        private mutating func groups() -> [GroupID] {
            guard let node = entries["groups"], !node.isNull else { return [] }
            do throws(SettingFault) {
                return try SettingDecoder.identities(node).map(GroupID.init)
            } catch {
                fail("`groups` \(error.message)", line: error.line ?? node.line)
                return []
            }
        }

        private mutating func umask() -> Umask {
            guard let node = entries["umask"], !node.isNull else { return .standard }
            if case .scalar(let text, _) = node.value, let umask = SettingDecoder.umask(text) { return umask }
            fail("`umask` expects \(SettingType.umask.expectation)", line: node.line)
            return .standard
        }

        private mutating func keys() -> [Secret] { texts("keys").map { Secret($0.text) } }

        private mutating func digests() -> [[UInt8]] {
            texts("key_sha256").compactMap { text, line in
                if let digest = Self.digest(text) { return digest }
                fail(
                    "`key_sha256` expects 64 hexadecimal digits: what `printf %s KEY | sha256sum` prints, "
                        + "with a key of yours for KEY",
                    line: line)
                return nil
            }
        }

        private mutating func texts(_ field: String) -> [(text: String, line: Int)] {
            guard let node = entries[field], !node.isNull else { return [] }
            guard case .sequence(let elements) = node.value else {
                fail("`\(field)` expects a list of texts", line: node.line)
                return []
            }
            return elements.compactMap { element in
                if case .scalar(let text, _) = element.value, !element.isNull { return (text, element.line) }
                fail("`\(field)` expects a list of texts", line: element.line)
                return nil
            }
        }

        private static func digest(_ text: String) -> [UInt8]? {
            let digits = text.utf8.compactMap { byte in Character(Unicode.Scalar(byte)).hexDigitValue }
            guard digits.count == 64, text.utf8.count == 64 else { return nil }
            return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        }

        private mutating func fail(_ message: String, line: Int? = nil) {
            faults.append(SettingFault(message: "\(place) \(message)", line: line ?? node.line))
        }
    }
}
