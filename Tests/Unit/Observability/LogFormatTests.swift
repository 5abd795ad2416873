import Domain
import Observability
import Ports
import Testing

@Suite("Log lines")
struct LogFormatTests {
    private let time = WallTime(nanoseconds: 1_767_225_600_123_456_789)

    private func line(
        _ format: LogFormat, _ message: String, _ fields: [LogField] = [], level: LogLevel = .info
    ) -> String {
        var bytes: [UInt8] = []
        format.append(level, message, fields, at: time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("A JSON line has time, level, message and the fields in their order")
    func json() {
        let fields = [LogField("status", 200), LogField("path", "/a b"), LogField("cached", true)]
        #expect(
            line(.json, "request", fields) == """
                {"time":"2026-01-01T00:00:00.123456789Z","level":"info","message":"request","status":200,\
                "path":"/a b","cached":true}

                """)
    }

    @Test("A console line has the time to the millisecond, the level and name=value, quoted where needed")
    func console() {
        let fields = [
            LogField("status", 200), LogField("path", "/a b"), LogField("key", "x"), LogField("none", ""),
        ]
        #expect(
            line(.console(isColored: false), "request done", fields, level: .warn) == """
                2026-01-01T00:00:00.123Z WARN  request done status=200 path="/a b" key=x none=""

                """)
        #expect(!line(.console(isColored: false), "x").contains("\u{1B}"))
        #expect(line(.console(isColored: true), "x").contains("\u{1B}[32mINFO \u{1B}[0m x"))
    }

    @Test(
        "Quotes, controls, bidirectional marks and line separators are escaped, and the rest stays as it is")
    func escapes() {
        let hostile = "a\"b\\c\nd\r\te\u{0}\u{7F}\u{9B}\u{202E}\u{2028}é€😀\u{E0001}"
        let expected =
            #"a\"b\\c\nd\r\te\u0000\u007f\u009b\u202e\u2028é€😀\udb40\udc01"#
        for format in [LogFormat.json, .console(isColored: false)] {
            let text = line(format, hostile, [LogField("f", hostile)])
            #expect(text.contains("\"\(expected)\""))
            #expect(text.components(of: expected) == 2)
            #expect(text.utf8.count { $0 < 0x20 } == 1)
        }
    }

    @Test("A field may not pose as the time, the level or the message")
    func reserved() {
        let text = line(.json, "m", [LogField("level", "error"), LogField("time", 1)])
        #expect(text.contains("\"level_\":\"error\"") && text.contains("\"time_\":1"))
    }

    @Test("A text without end is cut at a whole character")
    func bounded() {
        let text = line(.json, String(repeating: "é", count: 100_000))
        #expect(text.utf8.count < 9_000)
        #expect(text.hasSuffix("é...\"}\n"))
    }

    @Test("Levels are known by their names")
    func levels() {
        for level in LogLevel.allCases { #expect(LogLevel(name: level.name) == level) }
        #expect(LogLevel(name: "INFO") == nil)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = utf8[...]
        while rest.count >= part.utf8.count {
            if rest.starts(with: part.utf8) { count += 1 }
            rest = rest.dropFirst()
        }
        return count
    }
}
