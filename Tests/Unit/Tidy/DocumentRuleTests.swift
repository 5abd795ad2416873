import Testing

@Suite("The rules on documents and on the tree")
struct DocumentRuleTests {
    @Test("A document has one title, on its first line; a `#` in code is none")
    func titles() {
        #expect(titleViolations(SourceFile("docs/a.md", "# A\n\n```\n# comment\n```\n\n## B\n")) == [])
        #expect(titleViolations(SourceFile("docs/a.md", "# A\n# B\n")).map(\.line) == [2])
        #expect(titleViolations(SourceFile("docs/a.md", "\n# A\n")).count == 2)
        #expect(titleViolations(SourceFile("docs/a.md", "text\n")).count == 1)
    }

    @Test("A link leads to a file or a folder that is there")
    func links() {
        let paths: Set = ["docs/b.md", "Sources/Domain/A.swift", "README.md"]
        let good =
            "# A\n[b](b.md#part) [d](../Sources/Domain) [r](../README.md) [w](https://x.y) [h](#here)\n"
        #expect(linkViolations(SourceFile("docs/a.md", good), paths: paths) == [])
        #expect(linkViolations(SourceFile("docs/a.md", "# A\n[b](c.md)\n"), paths: paths).map(\.line) == [2])
    }

    /// Put in where it is needed, so that this file itself refers to nothing.
    private let slash = "/"

    @Test("Nothing refers to what is not part of the project")
    func foreignReferences() {
        #expect(foreignReferenceViolations(SourceFile("docs/a.md", "see ..\(slash)shared/notes")).count == 1)
        #expect(foreignReferenceViolations(SourceFile("scripts/a", "cp \(slash)work/x .")).count == 1)
        #expect(foreignReferenceViolations(SourceFile("docs/a.md", "shared/notes")) == [])
    }

    @Test("A file above a megabyte is found")
    func largeFiles() {
        let entries = [TreeEntry(path: "a", size: 1 << 20), TreeEntry(path: "b", size: 1 << 20 + 1)]
        #expect(largeFileViolations(entries).map(\.path) == ["b"])
    }

    @Test("A placeholder beside or above a real file is found")
    func placeholders() {
        let alone = [TreeEntry(path: "Sources/A/Placeholder.swift", size: 1)]
        #expect(placeholderViolations(alone) == [])
        #expect(placeholderViolations(alone + [TreeEntry(path: "Sources/A/B/C.swift", size: 1)]).count == 1)
    }

    @Test("Two files of one layer do not share a name")
    func duplicateNames() {
        let entries = ["Sources/Domain/A/X.swift", "Sources/Domain/B/X.swift", "Sources/Ports/X.swift"].map {
            TreeEntry(path: $0, size: 1)
        }
        #expect(duplicateNameViolations(entries).map(\.path) == ["Sources/Domain/B/X.swift"])
    }

    @Test("Every rule is applied to the repository")
    func everyRuleIsApplied() {
        let file = SourceFile(
            "Sources/Domain/A.swift",
            """
            import Foundation
            public struct TLS { }\t
            // TODO \(String(repeating: "x ", count: 60))
            func f() { do { } catch { } }
            class Manager {}
            // ..\(slash)shared
            """)
        #expect(violations(in: file).count >= 9)
    }
}
