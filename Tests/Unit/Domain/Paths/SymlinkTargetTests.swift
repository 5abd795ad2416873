import Testing

@testable import Domain

@Suite("Targets of symbolic links")
struct SymlinkTargetTests {
    @Test(
        "A target is kept as it was written",
        arguments: [
            "a", "/", "//a//", "..", "../../x", "./.", "ü/\u{1F600}", String(repeating: "n", count: 300),
        ])
    func kept(text: String) throws {
        #expect(try SymlinkTarget(text).text.utf8.elementsEqual(text.utf8))
    }

    @Test(
        "What a target may not be is refused with the rule",
        arguments: [
            ("", PathRules.Rule.emptyTarget), (String(repeating: "a", count: 4_096), .targetTooLong),
            ("a\0", .nul), ("a\nb", .controlCharacter), ("a\\b", .backslash),
            ("a\u{202E}b", .bidirectionalControl),
        ])
    func refused(text: String, rule: PathRules.Rule) {
        let refusal = #expect(throws: PathRefusal.self) { try SymlinkTarget(text) }
        #expect(refusal == PathRefusal(rule: rule))
        #expect(refusal?.description.hasSuffix(".") == true)
    }

    @Test("The longest target is one byte shorter than the longest path")
    func longest() throws {
        let text = String(repeating: "a", count: 4_095)
        #expect(try SymlinkTarget(text).text == text)
    }

    @Test("A target falls into its parts at the slashes")
    func parts() {
        let (a, b) = (FileName(validated: "a"), FileName(validated: "..b"))
        #expect(
            SymlinkComponent.components(of: "//a/./../..b/") == [.name(a), .current, .parent, .name(b)])
        #expect(SymlinkComponent.components(of: "/") == [])
        #expect(SymlinkComponent.components(of: String(repeating: "n", count: 256)) == [.tooLong])
    }
}
