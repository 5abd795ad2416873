import Domain
import Testing

@Suite("The slash that separates")
struct PathSeparatorTests {
    @Test("A name may begin with a combining mark, which makes one Character with the slash before it")
    func combiningMark() throws {
        let path = try FilePath(parsing: "/a/\u{0301}b/c")
        #expect(path.names.map { Array($0.text.utf8) } == ["a", "\u{0301}b", "c"].map { Array($0.utf8) })
        let requested = try RequestedPath(percentEncoded: PercentEncoding.encode(path: path))
        #expect(requested.path == path)
    }

    @Test("A path without its first slash is measured with it, so that it can be written down and read again")
    func lengthWithSlash() throws {
        let longest = String(repeating: "n/", count: Limits.pathBytesMax / 2 - 1) + "n"
        let path = try FilePath(parsing: longest)
        #expect(try FilePath(parsing: path.description) == path)
        #expect(throws: PathRefusal(rule: .pathTooLong)) { try FilePath(parsing: longest + "n") }
    }
}
