import Domain
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)
    private let limit = RateLimit(interval: .milliseconds(100), burst: 3)

    @Test("A burst passes at once, then one each interval")
    func burst() {
        var bucket = TokenBucket(at: start)
        let first = (0..<4).map { _ in bucket.take(limit, at: start) }
        #expect(first.map(\.isGranted) == [true, true, true, false])
        #expect(first.map(\.available) == [2, 1, 0, 0])
        #expect(first.map(\.untilNext) == Array(repeating: .milliseconds(100), count: 4))
        let early = bucket.take(limit, at: start + .nanoseconds(99_999_999))
        #expect(!early.isGranted && early.untilNext == .nanoseconds(1))
        let late = bucket.take(limit, at: start + .milliseconds(100))
        #expect(late.isGranted && late.available == 0)
        let again = bucket.take(limit, at: start + .milliseconds(100))
        #expect(!again.isGranted)
    }

    @Test("A bucket that nobody uses fills up to its burst and no further")
    func filling() {
        var bucket = TokenBucket(at: start)
        for _ in 0..<3 { _ = bucket.take(limit, at: start) }
        #expect(
            !bucket.isFull(at: start + .milliseconds(299)) && bucket.isFull(at: start + .milliseconds(300)))
        #expect(bucket.read(limit, at: start + .milliseconds(250)).available == 2)
        #expect(bucket.read(limit, at: start + .milliseconds(250)).untilNext == .milliseconds(50))
        #expect(bucket.read(limit, at: start + .seconds(99)).available == 3)
    }

    @Test("Asking takes nothing, and neither does a refusal")
    func reading() {
        var bucket = TokenBucket(at: start)
        for _ in 0..<3 { _ = bucket.take(limit, at: start) }
        let before = bucket
        _ = bucket.read(limit, at: start)
        for _ in 0..<50 { _ = bucket.take(limit, at: start) }
        #expect(bucket == before)
    }

    @Test("In any stretch of time no more pass than the burst and what came back", arguments: 1...5)
    func bound(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var bucket = TokenBucket(at: start)
        var now = start
        var passed: [MonotonicInstant] = []
        for _ in 0..<2_000 {
            now = now + .milliseconds(Int(generator.number(below: 120)))
            if bucket.take(limit, at: now).isGranted { passed.append(now) }
        }
        for (index, first) in passed.enumerated() {
            for last in passed.indices.dropFirst(index).prefix(40) {
                let window = (passed[last] - first).wholeNanoseconds
                let most = Int64(limit.burst) + window / limit.interval.wholeNanoseconds
                #expect(Int64(last - index + 1) <= most, "seed \(seed), \(index)...\(last)")
            }
        }
        // And nobody waits in vain: as many pass as come back.
        #expect(Int64(passed.count) >= (now - start).wholeNanoseconds / 130_000_000, "seed \(seed)")
    }

    @Test("A narrower limit does not punish for what the wider one let pass")
    func change() {
        let wide = RateLimit(interval: .seconds(10), burst: 100)
        var bucket = TokenBucket(at: start)
        for _ in 0..<100 { _ = bucket.take(wide, at: start) }
        let refused = bucket.take(limit, at: start)
        #expect(!refused.isGranted && refused.untilNext <= .milliseconds(100))
    }

    @Test("A limit is told as what comes back in whole seconds")
    func windows() {
        #expect((limit.windowSeconds, limit.quotaOfWindow) == (1, 10))
        let downloads = RateLimit.perSecond(10)
        #expect((downloads.windowSeconds, downloads.quotaOfWindow) == (2, 20))
        let rare = RateLimit(interval: .seconds(3600), burst: 2)
        #expect((rare.windowSeconds, rare.quotaOfWindow) == (7200, 2))
        #expect(Duration.nanoseconds(1).wholeSecondsUp == 1 && Duration.seconds(2).wholeSecondsUp == 2)
        #expect(Duration.milliseconds(2_001).wholeSecondsUp == 3 && Duration.zero.wholeSecondsUp == 1)
    }

    @Test("A table holds no more than it may, and forgets first who has used least")
    func table() {
        let slow = RateLimit(interval: .seconds(1), burst: 10)
        var table = BucketTable<Int>(capacity: 8)
        for subject in 0..<8 {
            for _ in 0...subject { _ = table.take(subject, slow, at: start) }
        }
        #expect(table.count == 8)
        _ = table.take(100, slow, at: start)
        #expect(table.count == 7)
        #expect(table.read(0, slow, at: start).available == 10)
        #expect(table.read(7, slow, at: start).available == 2)
        let later = start + .seconds(60)
        for subject in 200..<203 { _ = table.take(subject, slow, at: later) }
        #expect(table.count <= 8 && table.read(202, slow, at: later).available == 9)
    }

    @Test(
        "An address is counted as what one client has",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8::1", "2001:db8:0:0:ffff::2", true), ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:c000:201", "192.0.2.1", true),
            ("fe80::1%eth0", "fe80::2%eth1", true), ("::1", "0:0:0:0:0:0:0:1", true),
            ("::", "192.0.2.1", false),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", true), ("0.0.0.1", "::", false),
        ])
    func networks(one: String, other: String, isSame: Bool) {
        #expect((ClientNetwork(address: one) == ClientNetwork(address: other)) == isSame)
    }

    @Test(
        "What is no address is nobody's in particular",
        arguments: [
            "", "x", "1.2.3", "1.2.3.256", "1.2.3.+4", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
            "12345::", ":1", "1:", "::1.2.3",
        ])
    func noNetworks(text: String) {
        #expect(ClientNetwork(address: text) == .unknown)
    }
}
