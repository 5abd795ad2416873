import Testing

@testable import API

@Suite("Numbers as JSON writes them")
struct WrittenNumberTests {
    @Test(
        "A whole number is the same however it is written",
        arguments: [
            ("0", 0), ("-0", 0), ("0.000", 0), ("0e999999", 0), ("60", 60), ("60.0", 60), ("6e1", 60),
            ("0.6E+2", 60), ("6000e-2", 60), ("-1.50e1", -15), ("9223372036854775807", Int64.max),
            ("-9223372036854775808", Int64.min), ("9.223372036854775807e18", Int64.max),
            ("1" + String(repeating: "0", count: 5_000) + "e-5000", 1),
        ] as [(String, Int64)])
    func whole(text: String, value: Int64) {
        #expect(WrittenNumber(text)?.integer == value)
    }

    @Test(
        "What is not whole, or does not fit, is none",
        arguments: [
            "0.5", "1e-1", "1.05e1", "9223372036854775808", "-9223372036854775809", "1e19", "1e999999",
            "1e99999999999999999999", "1e-99999999999999999999", "", "-", "e5", "1e", "1e+", "x", "1x", "1ex",
        ])
    func fractional(text: String) {
        #expect(WrittenNumber(text)?.integer == nil)
    }
}
