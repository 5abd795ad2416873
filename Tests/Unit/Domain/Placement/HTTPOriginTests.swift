import Domain
import Testing

@Suite("The addresses of servers")
struct HTTPOriginTests {
    @Test(
        "An address is read, and written in one way",
        arguments: [
            ("https://node-1", "https://node-1:443", "node-1"),
            ("https://Node-1:8443/", "https://node-1:8443", "node-1:8443"),
            ("http://10.0.0.1:80", "http://10.0.0.1:80", "10.0.0.1"),
            ("http://[::1]:9", "http://[::1]:9", "[::1]:9"),
            ("https://[fe80::1]", "https://[fe80::1]:443", "[fe80::1]"),
        ])
    func reading(text: String, written: String, authority: String) throws {
        let origin = try #require(HTTPOrigin(parsing: text))
        #expect(origin.description == written)
        #expect(origin.authority == authority)
        #expect(HTTPOrigin(parsing: written) == origin)
    }

    @Test(
        "What is more or less than an address is none",
        arguments: [
            "", "node-1", "node-1:8443", "ftp://node-1", "https://", "https://:8443", "https://node-1:",
            "https://node-1:0", "https://node-1:65536", "https://node-1:+1", "https://node-1/path",
            "https://user@node-1", "https://node-1?a", "https://[::1", "https://[node-1]", "https://a b",
            "https://[::1]8443",
        ])
    func refusing(text: String) {
        #expect(HTTPOrigin(parsing: text) == nil)
    }
}
