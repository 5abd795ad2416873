import Testing

@Suite("The rules on style")
struct StyleRuleTests {
    private let path = "Sources/Domain/A.swift"

    @Test("Tabs, white space at line ends and a missing last newline are found")
    func whitespace() {
        #expect(whitespaceViolations(SourceFile(path, "a\n\tb\nc \nd\r\ne")).map(\.line) == [2, 3, 4, 5])
        #expect(whitespaceViolations(SourceFile(path, "a\n\n  b\n")) == [])
        #expect(whitespaceViolations(SourceFile(path, "")) == [])
    }

    @Test("An empty catch is found; one that says why it is empty is not")
    func emptyCatch() {
        #expect(emptyCatchViolations(SourceFile(path, "do { try f() } catch { }")).count == 1)
        #expect(emptyCatchViolations(SourceFile(path, "do { try f() } catch let e as E {\n}")).count == 1)
        #expect(
            emptyCatchViolations(SourceFile(path, "do { try f() } catch { /* the sweep finds it */ }")) == [])
        #expect(emptyCatchViolations(SourceFile(path, "do { try f() } catch { log(error) }")) == [])
    }

    @Test("A type is not named like a module")
    func typeNames() {
        #expect(
            typeNameViolations(SourceFile("Sources/Adapters/TLS/A.swift", "package struct TLS {}")).count == 1
        )
        #expect(typeNameViolations(SourceFile(path, "enum Domain {}")).count == 1)
        #expect(typeNameViolations(SourceFile(path, "struct TLSContext {}\nlet enumTLS = 1")) == [])
    }

    @Test("A type is not named after nothing")
    func emptyNames() {
        #expect(emptyNameViolations(SourceFile(path, "struct FileManager {}\nenum PathUtils {}")).count == 2)
        #expect(emptyNameViolations(SourceFile(path, "struct Lease {}")) == [])
    }

    @Test("A test is named by a sentence")
    func testNames() {
        let path = "Tests/Unit/TLS/A.swift"
        #expect(testNameViolations(SourceFile(path, "@Test func f() {}")).count == 1)
        #expect(testNameViolations(SourceFile(path, "@Test(arguments: [1]) func f(a: Int) {}")).count == 1)
        #expect(
            testNameViolations(SourceFile(path, "@Test(\n    \"It holds\", arguments: [1]) func f() {}"))
                == [])
    }

    @Test("A script stops at errors and explains itself")
    func scripts() {
        let clean = "#!/usr/bin/env bash\nset -euo pipefail\n[[ $1 == --help ]]\n"
        #expect(scriptViolations(SourceFile("scripts/a", clean)) == [])
        #expect(scriptViolations(SourceFile("scripts/a", "#!/bin/bash\necho\n")).count == 2)
        #expect(scriptViolations(SourceFile(".ci/run", "#!/usr/bin/env bash\nset -euo pipefail\n")) == [])
    }
}
