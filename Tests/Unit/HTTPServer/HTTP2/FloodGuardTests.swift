import Domain
import HTTPServer
import Testing

@Suite("What counts as a flood")
struct FloodGuardTests {
    private let start = MonotonicInstant(nanoseconds: 0)

    private var limits: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.resetsMax = 10
        limits.resetsPerSecond = 5
        limits.windowUpdatesMax = 10
        limits.windowUpdatesPerSecond = 0
        limits.windowUpdatesPerDataFrame = 2
        return limits
    }

    @Test("As many at once as allowed are fine, one more is not, and the first flood is remembered")
    func burst() {
        var guardian = FloodGuard(limits, at: start)
        for _ in 0..<10 { guardian.sawReset(at: start) }
        #expect(guardian.flood == nil)
        guardian.sawReset(at: start)
        #expect(guardian.flood == .resets)
    }

    @Test("In the long run the rate counts")
    func rate() {
        var guardian = FloodGuard(limits, at: start)
        for second in 0..<100 {
            for _ in 0..<5 { guardian.sawReset(at: start + .seconds(second)) }
        }
        #expect(guardian.flood == nil)
        for second in 100..<110 {
            for _ in 0..<7 { guardian.sawReset(at: start + .seconds(second)) }
        }
        #expect(guardian.flood == .resets)
    }

    @Test("Window updates that follow data are free, others are not")
    func windowUpdates() {
        var guardian = FloodGuard(limits, at: start)
        for _ in 0..<1_000 {
            guardian.sentData()
            guardian.sawWindowUpdate(at: start)
            guardian.sawWindowUpdate(at: start)
        }
        #expect(guardian.flood == nil)
        for _ in 0..<11 { guardian.sawWindowUpdate(at: start) }
        #expect(guardian.flood == .windowUpdates)
    }
}
