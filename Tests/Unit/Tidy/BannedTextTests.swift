import Testing

@Suite("The rules on banned text")
struct BannedTextTests {
    private func found(_ path: String, _ text: String) -> [Violation] {
        bannedTextViolations(SourceFile(path, text))
    }

    @Test(
        "What would escape a simulation is banned in the pure layers",
        arguments: [
            "Task { }", "Task(priority: .high) { }", "Task.detached { }", "Task.immediate { }",
            "let c = ContinuousClock()",
            "SuspendingClock.now", "let d = Date()", "UUID()", "var g = SystemRandomNumberGenerator()",
            "a.shuffled()",
            "a.randomElement()", "Int.random(in: 0..<4)", "@MainActor func f() {}", "DispatchQueue.main",
            "Thread.current",
            "a.hashValue", "group.addTask(priority: .low) {}", "group.addTask(executorPreference: nil) {}",
            "try await Task.sleep(nanoseconds: 1)", "try await clock.sleep(for: .seconds(1))",
            "Bool.random()",
        ])
    func escapes(text: String) {
        for folder in BannedText.pureFolders {
            #expect(!found(folder + "/A.swift", text).isEmpty, "\(folder)")
        }
        #expect(found("Sources/App/Server/A.swift", text).isEmpty)
    }

    @Test(
        "The ordinary words beside them pass",
        arguments: [
            "Task.isCancelled", "try Task.checkCancellation()", "await Task.yield()", "let dated = update()",
            "Int.random(in: 0..<4, using: &generator)", "a.shuffled(using: &generator)", "group.addTask { }",
            "time.sleep(until: deadline)", "let threadCount = 2", "// Task { } would escape",
            "log(\"Date()\")",
        ])
    func ordinaryWords(text: String) {
        for folder in BannedText.pureFolders { #expect(found(folder + "/A.swift", text) == []) }
    }

    @Test("Adapters start no task that leaves its loop")
    func adapters() {
        #expect(found("Sources/Adapters/TLS/A.swift", "Task.detached { }").count == 1)
        #expect(found("Sources/Adapters/EventLoop/A.swift", "Task(executorPreference: loop) { }") == [])
    }

    @Test(
        "What is banned everywhere is found everywhere",
        arguments: [
            "let a = try! f()", "public struct A {}", "fatalError(\"no\")", "@preconcurrency import B",
        ])
    func everywhere(text: String) {
        for path in ["Sources/Domain/A.swift", "Sources/App/Server/A.swift", "Tests/Unit/TLS/A.swift"] {
            #expect(found(path, text).count == 1, "\(path)")
        }
    }

    @Test("Only the program prints")
    func printing() {
        #expect(found("Sources/Adapters/TLS/A.swift", "print(a)").count == 1)
        #expect(found("Sources/App/Server/A.swift", "print(a)") == [])
        #expect(found("Sources/Adapters/TLS/A.swift", "fingerprint(a)") == [])
    }

    @Test("A test does not sleep for luck")
    func sleepingTests() {
        #expect(found("Tests/Unit/TLS/A.swift", "try await Task.sleep(for: .seconds(1))").count == 1)
        #expect(found("Tests/Unit/TLS/A.swift", "usleep(1)").count == 1)
        #expect(found("Tests/Unit/TLS/A.swift", "try await time.sleep(until: a)") == [])
    }

    @Test("The message names the line and what to write instead")
    func message() {
        let violation = found("Sources/Domain/A.swift", "\nlet a = Date()").first
        #expect(violation?.description.hasPrefix("Sources/Domain/A.swift:2: `Date(` is banned") == true)
        #expect(violation?.message.contains("TimeSource") == true)
    }

    @Test("Notes to self are found in comments too, and words that contain them are not")
    func notes() {
        #expect(noteViolations(SourceFile("Sources/Domain/A.swift", "// TODO: later")).count == 1)
        #expect(noteViolations(SourceFile("docs/A.md", "FIXME")).count == 1)
        #expect(noteViolations(SourceFile("scripts/a", "mktemp a.XXXXXX")) == [])
    }
}
