internal import Domain

/// The value in force of every key: what was written, else the default. Keys are asked for by name; a wrong
/// name or type is a fault of the program.
struct SettingValues {
    private let written: WrittenSettings

    init(_ written: WrittenSettings) { self.written = written }

    func source(_ name: String) -> ConfigurationSource { written.statement(name)?.source ?? .defaults }

    /// Nil when nothing was written and the default is none or follows from something else.
    func value(_ name: String) -> SettingValue? {
        guard let key = SettingTable.byName[name] else { preconditionFailure("no setting is called \(name)") }
        return written.statement(name)?.value ?? key.fixedDefault
    }

    func optionalText(_ name: String) -> String? {
        guard case .text(let text) = value(name), !text.isEmpty else { return nil }
        return text
    }

    func text(_ name: String) -> String {
        guard case .text(let text) = value(name) else { wrongType(name) }
        return text
    }

    func secret(_ name: String) -> Secret? { optionalText(name).map(Secret.init) }

    func boolean(_ name: String) -> Bool {
        guard case .boolean(let value) = value(name) else { wrongType(name) }
        return value
    }

    func integer(_ name: String) -> Int64 {
        guard case .integer(let value) = value(name) else { wrongType(name) }
        return value
    }

    func duration(_ name: String) -> Duration {
        guard case .duration(let value) = value(name) else { wrongType(name) }
        return value
    }

    func size(_ name: String) -> Int64? {
        guard case .size(let value) = value(name) else { wrongType(name) }
        return value
    }

    func address(_ name: String) -> ListenAddress {
        guard case .address(let value) = value(name) else { wrongType(name) }
        return value
    }

    /// Nil: off.
    func listener(_ name: String) -> ListenAddress? {
        guard case .listener(let value) = value(name) else { wrongType(name) }
        return value
    }

    func umask(_ name: String) -> Umask {
        guard case .umask(let value) = value(name) else { wrongType(name) }
        return value
    }

    func texts(_ name: String) -> [String] {
        guard case .texts(let value) = value(name) else { return [] }
        return value
    }

    func identities(_ name: String) -> [UInt32] {
        guard case .identities(let value) = value(name) else { return [] }
        return value
    }

    func map(_ name: String) -> [String: String] {
        guard case .map(let value) = value(name) else { return [:] }
        return value
    }

    func users(_ name: String) -> [UserSettings] {
        guard case .users(let value) = value(name) else { return [] }
        return value
    }

    func rateLimits(_ name: String) -> RateLimitSettings {
        guard case .rateLimits(let value) = value(name) else { return .standard }
        return value
    }

    private func wrongType(_ name: String) -> Never { preconditionFailure("\(name) is of another type") }
}

/// Holds secrets as they were written, so it shows nothing of itself.
extension SettingValues: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var description: String { Secret.mask }
    var debugDescription: String { Secret.mask }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension SettingKey {
    /// The default as a value, where it is a fixed one.
    var fixedDefault: SettingValue? {
        guard case .fixed(let text) = fallback else { return nil }
        var faults: [SettingFault] = []
        guard let node = try? VariableNotation.node(text, of: self),
            let value = SettingDecoder.decode(node, as: self, faults: &faults)
        else { preconditionFailure("the default of \(name) is not one") }
        return value
    }
}

extension SettingValue {
    /// Whether it says no more than saying nothing would.
    var isEmpty: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .identities(let numbers): numbers.isEmpty
        case .texts(let texts): texts.isEmpty
        case .map(let map): map.isEmpty
        case .users(let users): users.isEmpty
        case .rateLimits: false
        case .tree(let isEmpty): isEmpty
        case .address, .listener, .boolean, .integer, .duration, .size, .umask: false
        }
    }

    /// In the notation of a variable; lists of users only by their names. Not masked.
    var text: String {
        switch self {
        case .text(let text): text
        case .address(let address): address.description
        case .listener(let address): address?.description ?? "off"
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .duration(let duration): DurationText.format(duration)
        case .size(let bytes): bytes.map(SizeText.format) ?? "unlimited"
        case .umask(let umask): FileMode(rawValue: umask.bits).octal
        case .identities(let numbers): numbers.map { String($0) }.joined(separator: ",")
        case .texts(let texts): texts.joined(separator: ",")
        case .map(let map):
            map.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        case .users(let users):
            users.map { user in
                let principal = user.principal
                let count = user.keys.count + user.keyDigests.count
                return "\(principal.name) (\(principal.user.value):\(principal.group.value)) with "
                    + (count == 1 ? "1 key" : "\(count) keys")
            }.joined(separator: ", ")
        case .rateLimits(let limits): limits.text
        case .tree(let isEmpty): isEmpty ? "{}" : "{...}"
        }
    }
}
