package import Domain
package import Ports
private import Synchronization

/// Counts requests and says who has to wait. All of it is in this process and bounded; nothing survives it.
///
/// Who is limited by key and by address needs a token of both: either both are taken or none.
package final class RateLimiter: Sendable {
    /// Whom a bucket belongs to.
    private enum Subject: Hashable {
        case key(Identities.KeyDigest)
        case network(ClientNetwork)
    }

    private struct State {
        var settings: RateLimitSettings
        var tables: [String: BucketTable<Subject>] = [:]
    }

    private struct Claim {
        let policy: String
        let limit: RateLimit
        let subject: Subject
    }

    private let time: any TimeSource
    private let tableCapacity: Int
    private let state: Mutex<State>

    package init(
        settings: RateLimitSettings, time: any TimeSource, tableCapacity: Int = Limits.rateBucketsMax
    ) {
        self.time = time
        self.tableCapacity = tableCapacity
        state = Mutex(State(settings: settings))
    }

    /// Takes up other limits from now on. Who has used up an old one finds its bucket as far from full as the
    /// new one can be.
    package func update(_ settings: RateLimitSettings) {
        state.withLock { $0.settings = settings }
    }

    /// Counts a request to a route. Nil when nothing limits it.
    func admit(_ route: LimitedRoute, key: Identities.KeyDigest?, address: String) -> RateLimitVerdict? {
        state.withLock { state in
            guard let limits = state.settings.routes[route] else { return nil }
            var claims: [Claim] = []
            if let limit = limits.perKey, let key {
                claims.append(Claim(policy: route.rawValue + "-key", limit: limit, subject: .key(key)))
            }
            if let limit = limits.perAddress {
                let network = ClientNetwork(address: address)
                claims.append(
                    Claim(policy: route.rawValue + "-address", limit: limit, subject: .network(network)))
            }
            return verdict(on: claims, &state)
        }
    }

    /// Counts a key that is nobody's. Nil when nothing limits those.
    func admitFailure(from address: String) -> RateLimitVerdict? {
        state.withLock { state in
            guard let limit = state.settings.authenticationFailures else { return nil }
            let network = ClientNetwork(address: address)
            let claim = Claim(policy: "authentication-failures", limit: limit, subject: .network(network))
            return verdict(on: [claim], &state)
        }
    }

    private func verdict(on claims: [Claim], _ state: inout State) -> RateLimitVerdict? {
        guard !claims.isEmpty else { return nil }
        let now = time.monotonicNow()
        let isGranted = claims.allSatisfy { claim in
            state.tables[claim.policy]?.read(claim.subject, claim.limit, at: now).isGranted ?? true
        }
        let standings = claims.map { claim in
            var table = state.tables.removeValue(forKey: claim.policy) ?? BucketTable(capacity: tableCapacity)
            defer { state.tables[claim.policy] = table }
            let reading =
                isGranted
                ? table.take(claim.subject, claim.limit, at: now)
                : table.read(claim.subject, claim.limit, at: now)
            return RateLimitVerdict.Standing(policy: claim.policy, limit: claim.limit, reading: reading)
        }
        return RateLimitVerdict(isGranted: isGranted, standings: standings)
    }
}

/// What the limits say to one request, and how they stand after it.
struct RateLimitVerdict: Equatable, Sendable {
    struct Standing: Equatable, Sendable {
        let policy: String
        let limit: RateLimit
        let reading: TokenBucket.Reading
    }

    let isGranted: Bool
    let standings: [Standing]

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4): each
    /// limit as what comes back in a window of whole seconds, and how many requests are left until one more
    /// comes back.
    var fields: [(name: String, value: String)] {
        let policies = standings.map { standing in
            "\"\(standing.policy)\";q=\(standing.limit.quotaOfWindow);w=\(standing.limit.windowSeconds)"
        }
        let left = standings.map { standing in
            let reading = standing.reading
            return "\"\(standing.policy)\";r=\(reading.available);t=\(reading.untilNext.wholeSecondsUp)"
        }
        return [
            ("ratelimit-policy", policies.joined(separator: ", ")),
            ("ratelimit", left.joined(separator: ", ")),
        ]
    }

    /// When a refused request has a chance again, in whole seconds.
    private var retrySeconds: Int64 {
        standings.filter { !$0.reading.isGranted }.map(\.reading.untilNext.wholeSecondsUp).max() ?? 1
    }

    /// The answer to a request that was not granted (RFC 6585 section 4).
    var refusal: ErrorAnswer {
        let seconds = retrySeconds
        var answer = ErrorAnswer(
            429, "RATE_LIMIT_EXCEEDED",
            "Too many requests; come again in \(seconds == 1 ? "a second" : "\(seconds) seconds").")
        answer.fields = [("retry-after", String(seconds))] + fields
        return answer
    }
}
