import Domain
import Testing

@Suite("W3C trace context")
struct TraceContextTests {
    private let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private let parent = "00f067aa0ba902b7"

    @Test("A well-formed field is taken as it is")
    func wellFormed() throws {
        let context = try #require(TraceContext(traceparent: "00-\(trace)-\(parent)-01"))
        #expect(context.traceID == trace)
        #expect(context.parent == 0x00F0_67AA_0BA9_02B7)
        #expect(context.flags == TraceContext.sampled)
    }

    @Test(
        "What is not well-formed begins a new trace",
        arguments: [
            "", "00", "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "FF-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0é",
        ])
    func malformed(field: String) {
        #expect(TraceContext(traceparent: field) == nil)
    }

    @Test(
        "A later version is read by what is known of it and answered in version 00",
        arguments: ["", "-what-the-future-will-be-like"])
    func laterVersion(rest: String) throws {
        let context = try #require(TraceContext(traceparent: "cc-\(trace)-\(parent)-01\(rest)"))
        #expect(context.traceparent(span: 0xAB) == "00-\(trace)-00000000000000ab-01")
        #expect(TraceContext(traceparent: "cc-\(trace)-\(parent)-01.\(rest)") == nil)
    }

    @Test("Flags that are not known are not passed on")
    func flags() throws {
        let context = try #require(TraceContext(traceparent: "00-\(trace)-\(parent)-ff"))
        #expect(context.traceparent(span: 1) == "00-\(trace)-0000000000000001-03")
    }

    @Test("What is sent on keeps trace, flags and state and names the sender's span")
    func sentOn() throws {
        let context = try #require(
            TraceContext(traceparent: "00-\(trace)-\(parent)-01", tracestate: "rojo=1,congo=t61"))
        let sent = try #require(
            TraceContext(traceparent: context.traceparent(span: .max), tracestate: context.state?.text))
        #expect(sent.traceID == trace)
        #expect(sent.parent == .max)
        #expect(sent.flags == context.flags)
        #expect(sent.state?.text == "rojo=1,congo=t61")
    }

    @Test("A trace that begins here is well-formed, even of zeros")
    func fresh() throws {
        let fresh = TraceContext(high: 0, low: 0)
        let sent = try #require(TraceContext(traceparent: fresh.traceparent(span: 0)))
        #expect(sent.traceID == fresh.traceID)
        #expect(sent.flags == TraceContext.randomTraceID)
    }

    @Test(
        "A trace state is passed on in its order, without blanks around members and without empty ones",
        arguments: [
            ("a=1", "a=1"), ("a=1, b=2", "a=1,b=2"), ("a=1,,b=2\t", "a=1,b=2"),
            ("0tenant@vendor/x*y_z-=v a l", "0tenant@vendor/x*y_z-=v a l"),
        ])
    func state(text: String, kept: String) {
        #expect(TraceState(text)?.text == kept)
    }

    @Test(
        "A trace state that cannot be read is dropped whole",
        arguments: [
            "", ",", "a", "a=", "=1", "A=1", "a=1,a=2", "a=é", "a =1", "a=1=2", "-a=1", "a=1;b=\u{7F}",
            "\(String(repeating: "k", count: 257))=1", "a=\(String(repeating: "v", count: 257))",
            (0...32).map { "k\($0)=1" }.joined(separator: ","),
            (0..<10).map { "k\($0)=\(String(repeating: "v", count: 250))" }.joined(separator: ","),
        ])
    func badState(text: String) {
        #expect(TraceState(text) == nil)
    }

    @Test("A state that cannot be read does not cost the trace")
    func badStateKeepsTrace() throws {
        let context = try #require(
            TraceContext(traceparent: "00-\(trace)-\(parent)-00", tracestate: "nonsense"))
        #expect(context.state == nil)
        #expect(context.traceID == trace)
    }
}
