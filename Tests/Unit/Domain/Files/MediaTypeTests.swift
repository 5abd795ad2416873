import Domain
import Testing

@Suite("Media types")
struct MediaTypeTests {
    @Test(
        "What a client sends is kept as it was written",
        arguments: [
            ("text/plain", "text/plain"), ("Text/HTML; charset=UTF-8", "text/html"),
            ("a/b;c=d;e=\"f g\"", "a/b"),
            ("image/svg+xml", "image/svg+xml"), ("text/plain ;charset=utf-8", "text/plain"), ("a/b;", "a/b"),
            ("multipart/form-data; boundary=\"a;b\"", "multipart/form-data"), ("a/b; c=\"\\\"\"", "a/b"),
        ])
    func wellFormed(text: String, essence: String) {
        #expect(MediaType(text)?.text == text)
        #expect(MediaType(text)?.essence == essence)
    }

    @Test(
        "What is no media type, or could break a header, is refused",
        arguments: [
            "", "text", "/", "text/", "/plain", "text/plain/x", "te xt/plain", "text/pl ain",
            "text/plain; charset",
            "text/plain; =x", "text/plain\r\nX: y", "text/plain; a=\u{0}", "text/plain; a=é",
            "text/plain, text/html",
            "text/plain; a=\"b", "text/plain; a=b c", "text/plain; a=", "text/plain; a b=c",
        ])
    func malformed(text: String) {
        #expect(MediaType(text) == nil)
    }

    @Test("Its length is bounded")
    func length() {
        #expect(MediaType("a/" + String(repeating: "b", count: Limits.mediaTypeBytesMax - 2)) != nil)
        #expect(MediaType("a/" + String(repeating: "b", count: Limits.mediaTypeBytesMax - 1)) == nil)
    }
}
