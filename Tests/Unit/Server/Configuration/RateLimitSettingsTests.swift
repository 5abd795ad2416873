import Domain
import Server
import Testing

@Suite("Rate limits in the configuration")
struct RateLimitSettingsTests {
    @Test("What is not said keeps its default")
    func defaults() throws {
        #expect(try ConfigurationFixture().load().settings.rateLimits == .standard)
        let partly = try ConfigurationFixture(yaml: "rate_limits: {downloads: {burst: 3}}").load()
        #expect(partly.settings.rateLimits.routes[.downloads]?.perAddress == .perSecond(10, burst: 3))
        #expect(partly.settings.rateLimits.routes[.links] == RateLimitSettings.standard.routes[.links])
    }

    @Test("Rates are a number a second, a minute or an hour, or unlimited")
    func rates() throws {
        let yaml = """
            rate_limits:
              files: {per_key: 50, per_address: 30/m, burst: 7}
              links: {per_key: unlimited, per_address: 10/h}
              authentication_failures: {per_address: unlimited}
            """
        let loaded = try ConfigurationFixture(yaml: yaml).load()
        let limits = loaded.settings.rateLimits
        #expect(
            limits.routes[.files]
                == RouteRateLimit(
                    perKey: RateLimit(interval: .milliseconds(20), burst: 7),
                    perAddress: RateLimit(interval: .seconds(2), burst: 7)))
        #expect(
            limits.routes[.links]
                == RouteRateLimit(
                    perAddress: RateLimit(interval: .seconds(360), burst: Limits.rateBurstDefault)))
        #expect(limits.authenticationFailures == nil)
        #expect(
            loaded.effective.first { $0.name == "rate_limits" }?.value
                == "files (per_key: 50 burst 7, per_address: 30/m burst 7), "
                + "links (per_address: 10/h burst 20), downloads (per_address: 10 burst 20)")
    }

    @Test(
        "A mistake is told by the name of its setting and its line",
        arguments: [
            (
                "downlods: {burst: 1}",
                "config.yaml:2: rate_limits has no `downlods`; did you mean `downloads`?"
            ),
            ("links: {per_user: 1}", "config.yaml:2: rate_limits.links has no `per_user`"),
            ("links: {per_key: fast}", "config.yaml:2: rate_limits.links.per_key expects a rate"),
            ("links: {per_key: 0}", "config.yaml:2: rate_limits.links.per_key expects a rate"),
            ("links: {per_key: 5/d}", "config.yaml:2: rate_limits.links.per_key expects a rate"),
            ("files: {burst: 0}", "config.yaml:2: rate_limits.files.burst expects a number"),
            ("files: 10", "config.yaml:2: rate_limits.files expects a map"),
            (
                "authentication_failures: {per_key: 1}",
                "config.yaml:2: rate_limits.authentication_failures has no"
            ),
        ])
    func mistakes(line: String, expected: String) {
        let problems = ConfigurationFixture(yaml: "rate_limits:\n  " + line).problems
        #expect(problems.contains { $0.hasPrefix(expected) }, "\(problems)")
    }
}
