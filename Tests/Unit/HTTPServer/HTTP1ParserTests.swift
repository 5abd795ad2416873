import HTTPServer
import Ports
import Testing

@Suite("The parser of HTTP/1.1")
struct HTTP1ParserTests {
    private func head(_ text: String) throws -> HTTP1RequestHead {
        var parser = HTTP1Parser(limits: HTTP1Limits())
        let (consumed, outcome) = Array(text.utf8).withUnsafeBytes { parser.parse($0) }
        guard case .head(let head) = outcome else { throw HTTPRefusal(status: 0, reason: "\(outcome)") }
        #expect(consumed == text.utf8.count)
        return head
    }

    @Test("Every request of the corpus gets the answer it must get", arguments: HostileRequest.all)
    func corpus(request: HostileRequest) {
        #expect(MachineHarness.answers(to: request.bytes) == request.expected)
    }

    @Test("The corpus has at least 200 hostile requests, each with a name of its own")
    func corpusSize() {
        let hostile = HostileRequest.all.filter { $0.expected.contains { $0 != .status(200) } }
        #expect(hostile.count >= 200)
        #expect(Set(HostileRequest.all.map(\.name)).count == HostileRequest.all.count)
    }

    @Test("However the input is cut into pieces, the outcome is the same", arguments: HostileRequest.all)
    func splitInvariance(request: HostileRequest) {
        let bytes = request.bytes
        let whole = MachineHarness.events(of: bytes)
        if bytes.count <= 2000 {
            #expect(MachineHarness.events(of: bytes, cuts: Array(0..<bytes.count)) == whole, "byte by byte")
            for cut in 0..<bytes.count {
                #expect(MachineHarness.events(of: bytes, cuts: [cut]) == whole, "cut at \(cut)")
            }
        }
        for seed in 0..<8 as Range<UInt64> {
            var generator = SplitMix(state: seed)
            let cuts = (0..<12).map { _ in Int.random(in: 0...bytes.count, using: &generator) }.sorted()
            #expect(MachineHarness.events(of: bytes, cuts: cuts) == whole, "seed \(seed)")
        }
    }

    @Test("A request that is changed at random is read or refused, the same in any pieces", arguments: 1...60)
    func mutations(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let interesting: [UInt8] = [0, 9, 10, 13, 32, 44, 48, 58, 59, 97, 127, 128, 255]
        for _ in 0..<40 {
            var bytes = try #require(HostileRequest.all.randomElement(using: &generator)).bytes
            guard !bytes.isEmpty, bytes.count < 2000 else { continue }
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = try #require(interesting.randomElement(using: &generator))
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = byte
                case 1: bytes.insert(byte, at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            let whole = MachineHarness.events(of: bytes)
            #expect(MachineHarness.events(of: bytes, cuts: Array(0..<bytes.count)) == whole, "seed \(seed)")
        }
    }

    @Test("A head becomes method, target and fields in their order, names in lower case")
    func reads() throws {
        let head = try head(
            "PUT /v1/a%20b?x=1 HTTP/1.1\r\nHOST: a\r\nX-One:  1 \r\nx-one: 2\r\nContent-Length: 7\r\n\r\n")
        #expect(head.method == .put)
        #expect(head.target == "/v1/a%20b?x=1")
        #expect(head.fields.all.map(\.name) == ["host", "x-one", "x-one", "content-length"])
        #expect(head.fields.all.map(\.value) == ["a", "1", "2", "7"])
        #expect(head.framing == .length(7))
        #expect(head.keepsAlive)
        #expect(!head.expectsContinue)
    }

    @Test("Every method that the API knows is read as itself")
    func methods() throws {
        let methods: [HTTPMethod] = [
            .get, .head, .post, .put, .patch, .delete, .copy, .options, .other("BREW"),
        ]
        for method in methods {
            #expect(try head("\(method.token) / HTTP/1.1\r\nHost: a\r\n\r\n").method == method)
        }
    }

    @Test("The host of an absolute target stands for the one of the Host field")
    func absoluteForm() throws {
        let head = try head("GET http://b:1/x?y HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n")
        #expect(head.target == "/x?y")
        #expect(head.fields.only("host") == "b:1")
        #expect(head.fields.only("x") == "1")
        #expect(try self.head("OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n").target == "*")
        #expect(try self.head("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n").target == "/")
        #expect(try self.head("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n").target == "/?q")
    }

    @Test(
        "Whether the connection goes on follows from version and Connection field",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Close", false),
            ("HTTP/1.1", "keep-alive", true), ("HTTP/1.1", "keep-alive, close", false),
            ("HTTP/1.0", "", false),
            ("HTTP/1.0", "keep-alive", true), ("HTTP/1.0", "Keep-Alive, close", false),
            ("HTTP/1.1", "closed", true),
        ])
    func keepAlive(version: String, connection: String, keepsAlive: Bool) throws {
        let field = connection.isEmpty ? "" : "Connection: \(connection)\r\n"
        #expect(try head("GET / \(version)\r\nHost: a\r\n\(field)\r\n").keepsAlive == keepsAlive)
    }

    @Test("100-continue is expected by HTTP/1.1 clients only")
    func expectation() throws {
        let rest = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
        #expect(try head("PUT / HTTP/1.1\r\n" + rest).expectsContinue)
        #expect(try !head("PUT / HTTP/1.0\r\n" + rest).expectsContinue)
    }

    @Test("Names that are interned and names that are not read the same")
    func fieldNames() throws {
        let names = [
            "Host", "User-Agent", "If-Unmodified-Since", "X-Callfs-Mtime", "X", "Content-Lengt",
            "Content-Lengthy",
            "Via", "Vib", "Upgrade-Insecure-Requests",
        ]
        for name in names where name != "Host" {
            let head = try head("GET / HTTP/1.1\r\nHost: a\r\n\(name.uppercased()): v\r\n\r\n")
            #expect(head.fields.only(name.lowercased()) == "v", "\(name)")
        }
    }

    @Test("The limits hold exactly: what is as long as the limit passes, one byte more does not")
    func limits() {
        var limits = HTTP1Limits()
        limits.requestLineMaxBytes = 40
        limits.fieldLineMaxBytes = 30
        limits.headMaxBytes = 80
        limits.fieldCountMax = 3
        func status(_ text: String) -> Int {
            switch MachineHarness.events(of: Array(text.utf8), limits: limits).first {
            case .request: 200
            case .refused(let refusal): refusal.status
            case nil: 408
            }
        }
        func line(_ count: Int) -> String {
            "GET /" + String(repeating: "a", count: count - 16) + " HTTP/1.1\r\n"
        }
        func field(_ count: Int) -> String { "X: " + String(repeating: "a", count: count - 5) + "\r\n" }
        let host = "Host: a\r\n"
        #expect(status(line(40) + host + "\r\n") == 200)
        #expect(status(line(41) + host + "\r\n") == 414)
        #expect(status(line(20) + host + field(30) + "\r\n") == 200)
        #expect(status(line(20) + host + field(31) + "\r\n") == 431)
        #expect(status(line(20) + host + field(25) + field(24) + "\r\n") == 200)
        #expect(status(line(20) + host + field(25) + field(25) + "\r\n") == 431)
        #expect(status(line(20) + host + field(6) + field(6) + "\r\n") == 200)
        #expect(status(line(20) + host + field(6) + field(6) + field(6) + "\r\n") == 431)
    }
}
