package import Domain

/// How a setting is written and what it may be.
package enum SettingType: Sendable, Hashable {
    case text
    case path
    case address
    /// An address, or `off`.
    case listener
    case instanceID
    case url
    case secret
    case boolean
    case integer(ClosedRange<Int64>)
    case duration(ClosedRange<Duration>)
    case size(ClosedRange<Int64>)
    /// A size, or `unlimited`.
    case sizeLimit(ClosedRange<Int64>)
    case choice([String])
    case umask
    /// A number of a user or group.
    case identity
    case identities
    case texts
    case secrets
    case map
    /// Names and their numbers.
    case numbers
    case users
    case rateLimits
    /// Any mapping; its meaning comes with its feature.
    case tree

    package var isSecret: Bool {
        switch self {
        case .secret, .secrets: true
        case .text, .path, .address, .listener, .instanceID, .url, .boolean, .integer, .duration, .size,
            .sizeLimit, .choice, .umask, .identity, .identities, .texts, .map, .numbers, .users, .rateLimits,
            .tree:
            false
        }
    }

    /// What it is, for messages and the reference: "expects ...".
    package var expectation: String {
        switch self {
        case .text, .secret: "a text"
        case .path: "a path"
        case .address: "an address, such as `:8443`, `127.0.0.1:8443` or `[::1]:8443`"
        case .listener: "an address, such as `:9090` or `127.0.0.1:9090`, or `off`"
        case .instanceID: "1 to 64 letters, digits, `.`, `_` or `-`"
        case .url: "a host with an optional port and path, with or without `https://`"
        case .boolean: "`true` or `false`"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "a duration, such as `30s`, `5m` or `1h30m`, from \(DurationText.format(range.lowerBound))"
                + " to \(DurationText.format(range.upperBound))"
        case .size(let range):
            "a size, such as `16KiB` or `10GB`, from \(SizeText.format(range.lowerBound))"
                + " to \(SizeText.format(range.upperBound))"
        case .sizeLimit: "a size, such as `16KiB` or `10GB`, or `unlimited`"
        case .choice(let choices): choices.map { "`\($0)`" }.joined(separator: " or ")
        case .umask: "up to four octal digits, such as `022`, at most 777"
        case .identity: "a number from 0 to \(SettingDecoder.identityMax)"
        case .identities: "a list of numbers from 0 to \(SettingDecoder.identityMax)"
        case .texts, .secrets: "a list of texts"
        case .map: "a map of texts"
        case .numbers: "a map of names to numbers from 0 to \(SettingDecoder.identityMax)"
        case .users: "a list of users, each with `name`, `uid`, `gid` and `keys` or `key_sha256`"
        case .rateLimits: RateLimitDecoder.expectation
        case .tree: "a map"
        }
    }
}

/// What a setting says, decoded by its type.
package enum SettingValue: Sendable, Hashable {
    case text(String)
    case address(ListenAddress)
    /// Nil for none.
    case listener(ListenAddress?)
    case boolean(Bool)
    case integer(Int64)
    case duration(Duration)
    /// Bytes; nil for no limit.
    case size(Int64?)
    case umask(Umask)
    case identities([UInt32])
    case texts([String])
    case map([String: String])
    case users([UserSettings])
    case rateLimits(RateLimitSettings)
    /// Only whether anything was said.
    case tree(isEmpty: Bool)
}
