import Domain
import Ports
import Synchronization
import Testing

@testable import Server

@Suite("What a reload takes up")
struct LiveSettingsTests {
    @Test("Every live setting is a setting that this build has a use for")
    func names() {
        for name in LiveSettings.names {
            #expect(SettingTable.byName[name]?.availability == .now, "\(name)")
        }
    }

    @Test("A change is told apart into what holds at once and what waits, each against what it is to replace")
    func change() throws {
        let started = try ConfigurationFixture(yaml: "log: {level: info}").load()
        let second = try ConfigurationFixture(
            yaml: "log: {level: debug}\nserver: {read_timeout: 40s, listen_addr: \":9999\"}"
        ).load()
        let first = ConfigurationChange(from: started, startedWith: started, to: second)
        #expect(first.takenUp == ["server.read_timeout", "log.level"])
        #expect(first.needsRestart == ["server.listen_addr"])
        let repeated = ConfigurationChange(from: second, startedWith: started, to: second)
        #expect(repeated.takenUp.isEmpty)
        #expect(repeated.needsRestart == ["server.listen_addr"])
        let back = ConfigurationChange(from: second, startedWith: started, to: started)
        #expect(back.takenUp == ["server.read_timeout", "log.level"])
        #expect(back.needsRestart.isEmpty)
    }

    @Test("A key that is exchanged for another is a change, though both would show as the same mask")
    func secretsDiffer() throws {
        let old = try ConfigurationFixture(yaml: "auth: {api_keys: [0f3b9c7d5e8a1f2b4c6d8e9f]}").load()
        let new = try ConfigurationFixture(yaml: "auth: {api_keys: [9b8c7d6e5f4a3b2c1d0e9f8a]}").load()
        #expect(ConfigurationChange(from: old, startedWith: old, to: new).takenUp == ["auth.api_keys"])
        #expect(ConfigurationChange(from: old, startedWith: old, to: old).takenUp.isEmpty)
    }

    @Test("The end of a certificate is warned of in its last two weeks, and called an error after it")
    func expiry() {
        let now = WallTime(nanoseconds: 1_800_000_000_000_000_000)
        func events(_ left: Duration) -> [String] {
            let log = CollectedEvents()
            CertificateWarnings.log(now + left, now: now, to: log)
            return log.lines
        }
        #expect(events(.seconds(15 * 86_400)).isEmpty)
        let soon = events(.seconds(13 * 86_400 + 60))
        #expect(soon.count == 1 && soon[0].contains("warn") && soon[0].contains("days_left=13"))
        let past = events(.seconds(-60))
        #expect(past.count == 1 && past[0].contains("error") && past[0].contains("has expired"))
    }
}

private final class CollectedEvents: EventLog {
    private let collected = Mutex<[String]>([])
    var lines: [String] { collected.withLock { $0 } }

    func isEnabled(_ level: LogLevel) -> Bool { true }
    func log(_ level: LogLevel, _ message: String, _ fields: [LogField]) {
        let values = fields.map { field in
            switch field.value {
            case .string(let text): "\(field.name)=\(text)"
            case .integer(let number): "\(field.name)=\(number)"
            case .boolean(let value): "\(field.name)=\(value)"
            }
        }
        collected.withLock { $0.append("\(level) \(message) " + values.joined(separator: " ")) }
    }
}
