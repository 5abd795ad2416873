import Server
import Testing

@Suite("How values are written")
struct NotationTests {
    @Test(
        "Durations are read exactly",
        arguments: [
            ("30s", .seconds(30)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)),
            ("250ms", .milliseconds(250)), ("1.5s", .milliseconds(1500)), ("0", .zero), ("0s", .zero),
            ("10us", .microseconds(10)), ("7ns", .nanoseconds(7)), ("0.000000001s", .nanoseconds(1)),
            ("24h", .seconds(86_400)), ("1m1m", .seconds(120)),
        ] as [(String, Duration)])
    func durations(text: String, expected: Duration) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(
        "What is no duration is refused",
        arguments: [
            "", "30", "s", "-1s", "+1s", "1 s", "1.s", ".5s", "1d", "1S", "0.5ns", "1s ", "9999999999h",
            "1e3s",
            "1h-1m", "١s", "1234567890123456789s",
        ])
    func noDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(
        "Sizes are read exactly, binary and decimal units told apart",
        arguments: [
            ("512", 512), ("0", 0), ("16KiB", 16_384), ("10GB", 10_000_000_000), ("1.5MiB", 1_572_864),
            ("16 kib", 16_384), ("1TiB", 1_099_511_627_776), ("3B", 3), ("0.5KB", 500),
            ("9223372036854775807", .max),
        ] as [(String, Int64)])
    func sizes(text: String, expected: Int64) {
        #expect(SizeText.parse(text) == expected)
    }

    @Test(
        "What is no size is refused",
        arguments: [
            "", "K", "10K", "10M", "-1", "1.5", "0.3KiB", "1 ", "1  KiB", "1KiBB", "9223372036854775808",
            "9999999TiB",
            "0x10", "1e3",
        ])
    func noSizes(text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test("Every duration and size is read back from the text it is written as", arguments: [1, 2, 3])
    func roundTrip(seed: UInt64) {
        var state = seed
        for round in 0..<5_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // All magnitudes, and round numbers among them.
            let value =
                Int64(state >> (1 + state >> 8 & 63)) / (state & 1 == 0 ? 1 : 1000)
                * (state & 1 == 0 ? 1 : 1000)
            let duration = Duration.nanoseconds(value)
            #expect(
                DurationText.parse(DurationText.format(duration)) == duration, "seed \(seed), round \(round)")
            #expect(SizeText.parse(SizeText.format(value)) == value, "seed \(seed), round \(round)")
        }
    }

    @Test("Sizes are written in the unit that needs the fewest digits")
    func sizeFormat() {
        #expect(SizeText.format(16_384) == "16KiB")
        #expect(SizeText.format(10_000_000_000) == "10GB")
        #expect(SizeText.format(1000) == "1KB")
        #expect(SizeText.format(1001) == "1001B")
    }

    @Test("Addresses are read and written back the same")
    func addresses() {
        for text in [":8443", ":0", "127.0.0.1:1", "[::1]:65535", "[fe80::1%eth0]:80", "a-b.example:443"] {
            #expect(ListenAddress(text)?.description == text)
        }
        for text in [
            "", ":", "8443", "a:", ":65536", ":-1", ":+1", "::1:80", "[]:80", "[::1]", "a b:1", "-a:1",
        ] {
            #expect(ListenAddress(text) == nil, "\(text)")
        }
    }

    @Test("The nearest name is found for what a finger does, and none for another word")
    func editDistance() {
        let names = ["server.listen_addr", "server.read_timeout", "log.level"]
        #expect(EditDistance.nearest(to: "server.listen_adr", among: names) == "server.listen_addr")
        #expect(EditDistance.nearest(to: "server.raed_timeout", among: names) == "server.read_timeout")
        #expect(EditDistance.nearest(to: "LOG.LEVLE", among: names) == "log.level")
        #expect(EditDistance.nearest(to: "something.else", among: names) == nil)
        #expect(EditDistance.nearest(to: String(repeating: "a", count: 100_000), among: names) == nil)
        #expect(EditDistance.between("", "abc") == 3)
        #expect(EditDistance.between("abcd", "acbd") == 1)
        #expect(EditDistance.between("kitten", "sitting") == 3)
    }

    @Test("A secret shows itself in no description")
    func secret() {
        let secret = Secret("0f3b9c7d5e8a1f2b4c6d8e9f")
        var dumped = ""
        dump(["a": secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", dumped] {
            #expect(!text.contains("0f3b"))
        }
        #expect(secret.revealed == "0f3b9c7d5e8a1f2b4c6d8e9f")
    }
}
