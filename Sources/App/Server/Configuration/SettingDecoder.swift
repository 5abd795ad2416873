internal import Domain
package import YAML

/// Why a value is none of its setting's type: a clause that follows the name of the key. Never repeats a
/// secret.
package struct SettingFault: Error, Sendable, Hashable {
    package let message: String
    /// Whether the message begins with a place in the value, `[0]` or `.links`, which the name of the key
    /// leads on to.
    var isOfPart: Bool { message.hasPrefix("[") || message.hasPrefix(".") }

    /// Where, when it is known better than the place of the whole setting.
    package var line: Int?
}

/// Turns what was written into what it means.
package enum SettingDecoder {
    /// One less than the number that means "none" in chown(2).
    package static let identityMax: Int64 = 0xFFFF_FFFE

    /// The value, or nil where nothing stands (which leaves the default in force) or where there are faults.
    package static func decode(
        _ node: YAMLNode, as key: SettingKey, faults: inout [SettingFault]
    ) -> SettingValue? {
        if node.isNull { return nil }
        if key.type == .users {
            let countBefore = faults.count
            let users = UserDecoder.users(node, faults: &faults)
            return faults.count == countBefore ? .users(users) : nil
        }
        if key.type == .rateLimits {
            let decoder = RateLimitDecoder(node)
            faults += decoder.faults
            return decoder.faults.isEmpty ? .rateLimits(decoder.settings) : nil
        }
        do throws(SettingFault) {
            return try decode(node, as: key)
        } catch {
            faults.append(error)
            return nil
        }
    }

    private static func decode(_ node: YAMLNode, as key: SettingKey) throws(SettingFault) -> SettingValue? {
        switch key.type {
        case .texts, .secrets: return .texts(try texts(node, key))
        case .identities: return .identities(try identities(node))
        case .map: return .map(try map(node, key))
        case .numbers: return .map(try numbers(node, key))
        case .tree:
            guard case .mapping(let entries) = node.value else { throw expected(key) }
            return .tree(isEmpty: entries.isEmpty)
        case .text, .path, .address, .listener, .instanceID, .url, .secret, .boolean, .integer, .duration,
            .size,
            .sizeLimit,
            .choice, .umask, .identity, .users, .rateLimits:
            guard case .scalar(let text, _) = node.value else { throw expected(key) }
            return try scalar(text, key)
        }
    }

    private static func scalar(_ text: String, _ key: SettingKey) throws(SettingFault) -> SettingValue? {
        let value: SettingValue? =
            switch key.type {
            case .text, .secret, .path, .url, .instanceID: try checkedText(text, key)
            case .address: ListenAddress(text).map(SettingValue.address)
            case .listener:
                text == "off" ? .listener(nil) : ListenAddress(text).map { SettingValue.listener($0) }
            case .boolean: boolean(text).map(SettingValue.boolean)
            case .integer(let range): integer(text, in: range).map(SettingValue.integer)
            case .identity: integer(text, in: 0...identityMax).map(SettingValue.integer)
            case .duration(let range):
                DurationText.parse(text).flatMap { range.contains($0) ? SettingValue.duration($0) : nil }
            case .size(let range): SizeText.parse(text).flatMap { range.contains($0) ? .size($0) : nil }
            case .sizeLimit(let range):
                text == "unlimited"
                    ? .size(nil)
                    : SizeText.parse(text).flatMap { range.contains($0) ? SettingValue.size($0) : nil }
            case .choice(let choices): choices.contains(text) ? .text(text) : nil
            case .umask: umask(text).map(SettingValue.umask)
            case .identities, .texts, .secrets, .map, .numbers, .users, .rateLimits, .tree: nil
            }
        guard let value else {
            let shown = key.isSecret ? "the value" : PrintableText.quoted(text)
            throw SettingFault(message: "expects \(key.type.expectation), and \(shown) is not one")
        }
        return value
    }

    private static func checkedText(_ text: String, _ key: SettingKey) throws(SettingFault) -> SettingValue? {
        try requirePrintable(text)
        switch key.type {
        case .instanceID: return InstanceID(text) == nil ? nil : .text(text)
        case .url:
            guard text.isEmpty || ExternalURL.isValid(text) else {
                // Not repeated: a URL may carry a password.
                throw SettingFault(message: "expects \(key.type.expectation)")
            }
            return .text(ExternalURL.withoutTrailingSlash(text))
        case .path: return text.isEmpty && key.fallback != .none ? nil : .text(text)
        default: return .text(text)
        }
    }

    private static func requirePrintable(_ text: String, line: Int? = nil) throws(SettingFault) {
        guard text.unicodeScalars.allSatisfy(PrintableText.isPrintable) else {
            throw SettingFault(message: "holds a control character", line: line)
        }
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "on", "yes", "1": true
        case "false", "off", "no", "0": false
        default: nil
        }
    }

    static func integer(_ text: String, in range: ClosedRange<Int64>) -> Int64? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int64(text)
        else {
            return nil
        }
        return range.contains(value) ? value : nil
    }

    static func umask(_ text: String) -> Umask? {
        guard text.utf8.count <= 4, let mode = FileMode(octal: text), mode.rawValue <= 0o777 else {
            return nil
        }
        return Umask(mode.rawValue)
    }

    static func identities(_ node: YAMLNode) throws(SettingFault) -> [UInt32] {
        guard case .sequence(let elements) = node.value else {
            throw SettingFault(message: "expects \(SettingType.identities.expectation)")
        }
        var numbers: [UInt32] = []
        for element in elements {
            guard case .scalar(let text, _) = element.value, let number = integer(text, in: 0...identityMax)
            else {
                throw SettingFault(
                    message: "expects \(SettingType.identities.expectation)", line: element.line)
            }
            numbers.append(UInt32(number))
        }
        return numbers
    }

    private static func texts(_ node: YAMLNode, _ key: SettingKey) throws(SettingFault) -> [String] {
        guard case .sequence(let elements) = node.value else { throw expected(key) }
        var texts: [String] = []
        for element in elements {
            guard case .scalar(let text, _) = element.value, !element.isNull else {
                throw SettingFault(message: "expects \(key.type.expectation)", line: element.line)
            }
            try requirePrintable(text, line: element.line)
            texts.append(text)
        }
        return texts
    }

    private static func map(_ node: YAMLNode, _ key: SettingKey) throws(SettingFault) -> [String: String] {
        guard case .mapping(let entries) = node.value else { throw expected(key) }
        var map: [String: String] = [:]
        for entry in entries {
            guard case .scalar(let text, _) = entry.node.value else {
                throw SettingFault(message: "expects \(key.type.expectation)", line: entry.keyLine)
            }
            try requirePrintable(entry.key + text, line: entry.keyLine)
            map[entry.key] = text
        }
        return map
    }

    private static func numbers(
        _ node: YAMLNode, _ key: SettingKey
    ) throws(SettingFault) -> [String: String] {
        let map = try map(node, key)
        guard map.values.allSatisfy({ integer($0, in: 0...identityMax) != nil }) else { throw expected(key) }
        return map
    }

    private static func expected(_ key: SettingKey) -> SettingFault {
        SettingFault(message: "expects \(key.type.expectation)")
    }
}
