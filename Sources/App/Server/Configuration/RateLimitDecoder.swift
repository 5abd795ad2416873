internal import Domain
internal import YAML

/// Reads `rate_limits`. Tells every mistake, by the name of the setting that it is in; what is not said keeps
/// its default.
struct RateLimitDecoder {
    private(set) var settings = RateLimitSettings.standard
    private(set) var faults: [SettingFault] = []

    private static let failures = "authentication_failures"
    private static let routes = LimitedRoute.allCases.map(\.rawValue)
    private static let routeFields = ["per_key", "per_address", "burst"]
    private static let failureFields = ["per_address", "burst"]

    /// What it is, for the reference.
    static let expectation =
        "a map of \((routes + [failures]).map { "`\($0)`" }.joined(separator: ", ")) to `per_key`, "
        + "`per_address` (\(RateText.expectation)) and `burst` (a number from 1 to \(Limits.rateBurstMax))"

    init(_ node: YAMLNode) {
        guard case .mapping(let entries) = node.value else {
            faults.append(SettingFault(message: "expects \(Self.expectation)"))
            return
        }
        for entry in entries where faults.count < WrittenSettings.problemsMax {
            guard let route = LimitedRoute(rawValue: entry.key) else {
                if entry.key == Self.failures { readFailures(entry.node) } else { refuse(entry) }
                continue
            }
            read(route, entry.node)
        }
    }

    private mutating func read(_ route: LimitedRoute, _ node: YAMLNode) {
        let known = settings.routes[route] ?? RouteRateLimit()
        guard let fields = fields(of: node, route.rawValue, Self.routeFields) else { return }
        let burst = burst(fields, route.rawValue, known.perKey?.burst ?? known.perAddress?.burst)
        settings.routes[route] = RouteRateLimit(
            perKey: limit(fields, route.rawValue, "per_key", known.perKey, burst),
            perAddress: limit(fields, route.rawValue, "per_address", known.perAddress, burst))
    }

    private mutating func readFailures(_ node: YAMLNode) {
        let known = settings.authenticationFailures
        guard let fields = fields(of: node, Self.failures, Self.failureFields) else { return }
        let burst = burst(fields, Self.failures, known?.burst)
        settings.authenticationFailures = limit(fields, Self.failures, "per_address", known, burst)
    }

    private mutating func refuse(_ entry: YAMLNode.Entry) {
        let known = Self.routes + [Self.failures]
        let hint = EditDistance.nearest(to: entry.key, among: known).map { "; did you mean `\($0)`?" } ?? ""
        fail(
            "has no \(PrintableText.quoted(entry.key))\(hint); there is: \(known.joined(separator: ", "))",
            entry.keyLine)
    }

    // MARK: Fields

    private mutating func fields(
        of node: YAMLNode, _ name: String, _ known: [String]
    ) -> [String: YAMLNode]? {
        if node.isNull { return nil }
        guard case .mapping(let entries) = node.value else {
            fail(".\(name) expects a map of \(known.joined(separator: ", "))", node.line)
            return nil
        }
        var fields: [String: YAMLNode] = [:]
        for entry in entries {
            if known.contains(entry.key) {
                if !entry.node.isNull { fields[entry.key] = entry.node }
            } else {
                fail(
                    ".\(name) has no \(PrintableText.quoted(entry.key)); there is: "
                        + known.joined(separator: ", "), entry.keyLine)
            }
        }
        return fields
    }

    private mutating func burst(_ fields: [String: YAMLNode], _ name: String, _ fallback: Int?) -> Int {
        guard let node = fields["burst"] else { return fallback ?? Limits.rateBurstDefault }
        if case .scalar(let text, _) = node.value,
            let number = SettingDecoder.integer(text, in: 1...Int64(Limits.rateBurstMax))
        {
            return Int(number)
        }
        fail(".\(name).burst expects a number from 1 to \(Limits.rateBurstMax)", node.line)
        return 1
    }

    private mutating func limit(
        _ fields: [String: YAMLNode], _ name: String, _ field: String, _ known: RateLimit?, _ burst: Int
    ) -> RateLimit? {
        guard let node = fields[field] else {
            return known.map { RateLimit(interval: $0.interval, burst: burst) }
        }
        guard case .scalar(let text, _) = node.value, let interval = RateText.parse(text) else {
            fail(".\(name).\(field) expects \(RateText.expectation)", node.line)
            return nil
        }
        return interval.map { RateLimit(interval: $0, burst: burst) }
    }

    private mutating func fail(_ message: String, _ line: Int) {
        faults.append(SettingFault(message: message, line: line))
    }
}

extension RateLimitSettings {
    /// As a configuration writes them, one line.
    var text: String {
        var parts = LimitedRoute.allCases.compactMap { route in
            routes[route].flatMap { limits -> String? in
                let fields = [("per_key", limits.perKey), ("per_address", limits.perAddress)]
                let said = fields.compactMap { name, limit in limit.map { "\(name): \($0.text)" } }
                return said.isEmpty ? nil : "\(route.rawValue) (\(said.joined(separator: ", ")))"
            }
        }
        if let limit = authenticationFailures {
            parts.append("authentication_failures (per_address: \(limit.text))")
        }
        return parts.isEmpty ? "unlimited" : parts.joined(separator: ", ")
    }
}

extension RateLimit {
    fileprivate var text: String { "\(RateText.format(interval)) burst \(burst)" }
}
