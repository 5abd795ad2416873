import Domain
import SimCheckers
import Testing

@Suite("What a conviction says")
struct ExplanationTests {
    @Test(
        "A conviction ends with the first answer that cannot be explained, and says what it should have been")
    func namesTheCulprit() throws {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.now(3, .write("/elsewhere", .body(7)), .created(.body(7)))
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .read("/a"), .content(.body(1)))
        script.now(2, .read("/a"), .content(.body(2)))
        let finding = try #require(script.findings.first)
        #expect(finding.promise == .linearizable)
        let account = finding.account
        #expect(account.contains("#3 [7–8] client 2 at n2 as alice: reads /a — ok, body 1 of 33 bytes"))
        #expect(account.contains("the answer would have been: body 2 of 34 bytes"))
        #expect(account.contains("#2 [5–6] client 1 at n1 as alice: writes /a with body 2"))
        #expect(!account.contains("elsewhere"))
        #expect(!account.contains("#4"))
    }

    @Test("Trees that have nothing to do with each other are judged apart")
    func parts() {
        var script = Script()
        for tree in ["/x", "/y"] {
            script.now(1, .write(FilePath(tree), .body(1)), .created(.body(1)))
            script.now(2, .read(FilePath(tree)), .refused(.notFound))
        }
        #expect(script.findings.count == 2)
    }
}
