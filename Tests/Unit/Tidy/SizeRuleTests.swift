import Testing

@Suite("The rules on size")
struct SizeRuleTests {
    private let path = "Sources/Domain/A.swift"

    @Test("A line may have 110 columns and no more, an address as long as it is")
    func lines() {
        let wide = String(repeating: "ä", count: 110)
        #expect(lineViolations(SourceFile(path, "// \(wide.dropLast(3))\n")) == [])
        #expect(lineViolations(SourceFile(path, "\n// \(wide)\n")).map(\.line) == [2])
        #expect(lineViolations(SourceFile(path, "// https://\(wide)\n")) == [])
        #expect(lineViolations(SourceFile("docs/a.md", wide)) == [])
        #expect(
            lineViolations(SourceFile("scripts/a", "#!/usr/bin/env bash\n# \(wide)\n")).map(\.line) == [2])
    }

    @Test("A file may have 500 lines and no more")
    func files() {
        #expect(fileSizeViolations(SourceFile(path, String(repeating: "\n", count: 500))) == [])
        #expect(fileSizeViolations(SourceFile(path, String(repeating: "\n", count: 501))).count == 1)
    }

    private func function(_ head: String, lines: Int) -> String {
        head + " {\n" + String(repeating: "    a()\n", count: lines - 2) + "}\n"
    }

    @Test(
        "A function may have 70 lines and no more",
        arguments: ["func f()", "init(a: Int)", "init?(a: Int)", "deinit"])
    func functions(head: String) {
        #expect(functionViolations(SourceFile(path, function(head, lines: 70))) == [])
        #expect(
            functionViolations(SourceFile(path, function(head, lines: 71))).count
                == 1)
    }

    @Test("A function ends where its body does, whatever its signature holds")
    func extents() {
        let text = """
            protocol P {
                func required(_ a: Int) async throws(E) -> Int
                var value: Int { get }
                init(_ a: Int)
            }
            struct S {
                func outer(_ body: () -> Void = { }, b: [Int] = [1]) -> (Int, Int)
                where A: B {
                    func inner() { "}" }
                }
                static func < (a: S, b: S) -> Bool { a.init(b) }
            }
            """
        let found = FunctionExtent.all(in: SourceFile(path, text))
        #expect(found.map(\.name).sorted() == ["inner", "operator", "outer"])
        #expect(found.first { $0.name == "outer" }.map { [$0.firstLine, $0.lastLine] } == [7, 10])
    }

    @Test("Every exception names a file that is there and long")
    func exceptions() throws {
        let repository = try Repository()
        for (path, reason) in SizeLimits.longFiles {
            let file = repository.files.first { $0.path == path }
            #expect((file?.lines.count ?? 0) > SizeLimits.fileLines, "\(path) needs no exception")
            #expect(reason.count > 20)
        }
        for (key, reason) in SizeLimits.longFunctions {
            let parts = key.split(separator: ":").map(String.init)
            let file = try #require(repository.files.first { $0.path == parts[0] }, "\(key)")
            let isLong = FunctionExtent.all(in: file).contains {
                $0.name == parts[1] && $0.count > SizeLimits.functionLines
            }
            #expect(isLong, "\(key) needs no exception")
            #expect(reason.count > 20)
        }
    }
}
