import Server
import Testing

@Suite("The machine that configuration is read on")
struct ProcessHostTests {
    private let host = ConfigurationHost.process(sha256: { $0 })

    @Test("The environment comes with its values whole, equals signs included")
    func environment() {
        #expect(host.environment["PATH"]?.contains("/") == true)
        #expect(host.environment.keys.allSatisfy { !$0.contains("=") })
    }

    @Test("Files are read whole, and what is none is told apart from what is not there")
    func files() throws {
        let source = try host.readFile(#filePath).get()
        #expect(source.starts(with: Array("import Server\nimport Testing".utf8)) && source.last == 0x0A)
        #expect(try host.readFile("/dev/null").get().isEmpty)
        #expect(host.readFile("/nowhere/config.yaml") == .failure(.notFound))
        #expect(host.readFile(#filePath + "/config.yaml") == .failure(.notFound))
        #expect(host.readFile("/dev/zero") == .failure(.tooLarge))
        guard case .failure(.unreadable(let reason)) = host.readFile("/tmp") else {
            Issue.record("a directory was read")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("A directory is usable when the nearest part of it that is there can be written in")
    func directories() {
        for path in ["/tmp", "/tmp/", "/tmp/none/of/these/is/there", "none-here", "./none-here/x", "."] {
            #expect(host.isUsableDirectory(path), "\(path)")
        }
        for path in ["/proc/version", "/proc/version/x", #filePath, #filePath + "/x"] {
            #expect(!host.isUsableDirectory(path), "\(path)")
        }
    }
}
