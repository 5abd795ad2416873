/// The commented configuration file of `callfs config example`. Every key is in it, commented out at its
/// default, so that the file as it is says the same as none.
package enum ExampleDocument {
    package static let text: String = {
        var lines = [
            "# Configuration of callfs. Every key is here, commented out at its default: take the `#` away",
            "# from the ones to change, and see what holds by `callfs config validate`. Variables stand",
            "# above this file: CALLFS_SERVER_LISTEN_ADDR for server.listen_addr, and so on.",
        ]
        append(SettingTable.keys[...], below: [], to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }()

    /// All keys below one group, in the order in which they or their own groups come first.
    private static func append(
        _ keys: ArraySlice<SettingKey>, below group: [Substring], to lines: inout [String]
    ) {
        var seen: Set<Substring> = []
        for key in keys {
            let parts = key.name.split(separator: ".")
            let part = parts[group.count]
            guard seen.insert(part).inserted else { continue }
            let indent = String(repeating: "  ", count: group.count)
            lines.append("")
            if parts.count == group.count + 1 {
                lines += entry(key, part).map { indent + $0 }
                continue
            }
            lines.append("\(indent)\(part):")
            let name = group + [part]
            let inner = keys.filter { $0.name.split(separator: ".").starts(with: name) }
            append(inner[...], below: name, to: &lines)
        }
    }

    private static func entry(_ key: SettingKey, _ name: Substring) -> [String] {
        var lines = wrapped(key.documentation)
        if case .derived(let words) = key.fallback { lines += wrapped("Default: \(words).") }
        if case .later(let feature) = key.availability { lines += wrapped("Not yet: \(feature.isMissing).") }
        lines += (samples[key.name] ?? []).map { "#     " + $0 }
        let value = value(key)
        lines.append("#\(name):" + (value.isEmpty ? "" : " " + value))
        return lines
    }

    /// The default in YAML; empty where it follows from something else.
    private static func value(_ key: SettingKey) -> String {
        switch key.fallback {
        case .derived: return ""
        case .fixed(let text):
            switch key.type {
            case .boolean, .integer, .duration, .size, .sizeLimit, .identity, .choice: return text
            case .text, .path, .address, .listener, .instanceID, .url, .secret, .umask, .identities, .texts,
                .secrets, .map, .numbers, .users, .rateLimits, .tree:
                return "\"\(text)\""
            }
        case .none:
            switch key.type {
            case .identities, .texts, .secrets, .users: return "[]"
            case .map, .numbers, .rateLimits, .tree: return "{}"
            case .text, .path, .url, .secret: return "\"\""
            case .address, .listener, .instanceID, .boolean, .integer, .duration, .size, .sizeLimit, .choice,
                .umask, .identity:
                return ""
            }
        }
    }

    /// What some keys look like that an empty list says nothing about.
    private static let samples: [String: [String]] = [
        "auth.users": [
            "users:", "  - name: alice", "    uid: 1001", "    gid: 1001", "    groups: [100]",
            "    key_sha256: [\"(64 hexadecimal digits, from: printf %s KEY | sha256sum)\"]",
        ],
        "rate_limits": [
            "rate_limits:", "  downloads: {per_address: 30/m, burst: 5}", "  files: {per_key: 500}",
            "  authentication_failures: {per_address: unlimited}",
        ],
        "instance_discovery.peer_endpoints": [
            "peer_endpoints:", "  callfs-instance-2: https://peer2.example.com:8443",
        ],
    ]

    private static let columns = 100

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = "#"
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > columns, line.count > 1 {
                lines.append(line)
                line = "#"
            }
            line += " " + word
        }
        return lines + [line]
    }
}
