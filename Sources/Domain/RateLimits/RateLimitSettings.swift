/// What limits are set for: a route, or several that belong together.
package enum LimitedRoute: String, Sendable, Hashable, CaseIterable {
    case files, directories, links, downloads
    /// What the server says of itself: identity, health, metrics, description.
    case system
}

/// How often one key, and one address, may use a route. Nil is as often as it likes.
package struct RouteRateLimit: Sendable, Hashable {
    package var perKey: RateLimit?
    package var perAddress: RateLimit?

    package init(perKey: RateLimit? = nil, perAddress: RateLimit? = nil) {
        self.perKey = perKey
        self.perAddress = perAddress
    }
}

/// All limits of a server.
package struct RateLimitSettings: Sendable, Hashable {
    package var routes: [LimitedRoute: RouteRateLimit]
    /// How often one address may show a key that is nobody's.
    package var authenticationFailures: RateLimit?

    package init(routes: [LimitedRoute: RouteRateLimit], authenticationFailures: RateLimit?) {
        self.routes = routes
        self.authenticationFailures = authenticationFailures
    }

    /// What holds unless configured: making links takes a key, and downloads need none, so they are counted
    /// by address. Failed authentications may come from many who share an address, so they are many.
    package static let standard = RateLimitSettings(
        routes: [
            .links: RouteRateLimit(perKey: .perSecond(100), perAddress: .perSecond(100)),
            .downloads: RouteRateLimit(perAddress: .perSecond(10)),
        ],
        authenticationFailures: .perSecond(20, burst: 100))

    package static let unlimited = RateLimitSettings(routes: [:], authenticationFailures: nil)
}

extension RateLimit {
    package static func perSecond(_ count: Int64, burst: Int = Limits.rateBurstDefault) -> RateLimit {
        RateLimit(interval: .nanoseconds(1_000_000_000 / count), burst: burst)
    }
}
