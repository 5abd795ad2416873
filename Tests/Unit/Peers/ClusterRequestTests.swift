import Domain
import Memory
import NodeSupport
import PortContracts
import Ports
import Services
import TestSupport
import Testing

@Suite("Requests to one of several nodes")
struct ClusterRequestTests {
    private static func cluster(
        _ count: Int = 3, settings: NodeSettings = TestCluster.nothingInline
    ) async throws -> TestCluster {
        let cluster = TestCluster(count, settings: settings)
        try await cluster.start()
        return cluster
    }

    private static func bytes(_ count: Int, _ seed: UInt8 = 1) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) ^ seed }
    }

    private static func count(_ cluster: TestCluster, _ number: Int) async throws -> Int {
        try await cluster[number].store.list(after: nil, limit: 100).count
    }

    @Test("What is written through one node is read through all, and they say where it is")
    func readsEverywhere() async throws {
        let cluster = try await Self.cluster()
        let content = Self.bytes(700_000)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: content).instance == "node-2")
        for number in 1...3 {
            let answer = try await cluster.send(.get, "/v1/files/f", to: number)
            #expect(answer.status == 200)
            #expect(answer.body == content)
            #expect(answer.instance == "node-2")
            let part = try await cluster.send(
                .get, "/v1/files/f", to: number, fields: ["range": "bytes=100-199"])
            #expect(part.body == Array(content[100..<200]))
            #expect(try await cluster.send(.head, "/v1/files/f", to: number).instance == "node-2")
        }
    }

    @Test("A new file goes to the node that got the request, a replaced one stays where it lives")
    func placement() async throws {
        let cluster = try await Self.cluster()
        for number in 1...3 {
            let answer = try await cluster.send(
                .put, "/v1/files/f\(number)", to: number, body: Self.bytes(100))
            #expect(answer.status == 201)
            #expect(answer.instance == "node-\(number)")
        }
        let replaced = try await cluster.send(.put, "/v1/files/f1", to: 3, body: Self.bytes(600_000, 7))
        #expect(replaced.status == 200)
        #expect(replaced.instance == "node-1")
        #expect(try await Self.count(cluster, 1) == 2)
        #expect(try await Self.count(cluster, 3) == 1)
        #expect(try await cluster.send(.get, "/v1/files/f1", to: 2).body == Self.bytes(600_000, 7))
    }

    @Test("Bodies of unknown length go to the node where the file lives, too")
    func chunked() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 1, body: [1]).status == 201)
        let content = Self.bytes(500_000)
        let answer = try await cluster.send(
            .put, "/v1/files/f", to: 2, stream: PiecewiseBody(content))
        #expect(answer.status == 200)
        #expect(answer.instance == "node-1")
        #expect(try await cluster.send(.get, "/v1/files/f", to: 2).body == content)
    }

    @Test("What only a node has that does not answer is 502 with its name; the rest goes on")
    func ownerUnreachable() async throws {
        let cluster = try await Self.cluster()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        cluster.cut(2)
        let answer = try await cluster.send(.get, "/v1/files/f", to: 1)
        #expect(answer.status == 502)
        #expect(answer.text.contains("INSTANCE_UNAVAILABLE"))
        #expect(answer.text.contains("node-2"))
        #expect(answer.fields.only("retry-after") != nil)
        #expect(try await cluster.send(.head, "/v1/files/f", to: 1).status == 200)
        #expect(try await cluster.send(.get, "/v1/directories/", to: 3).text.contains("\"f\""))
        #expect(try await cluster.send(.put, "/v1/files/g", to: 1, body: [1]).status == 201)
        #expect(try await cluster.send(.delete, "/v1/files/f", to: 1).status == 204)
        cluster.mend(2)
        #expect(try await cluster.send(.get, "/v1/files/f", to: 2).status == 404)
    }

    @Test("A file of a node that is down is replaced here, or not at all, as configured")
    func ownerDown() async throws {
        for policy in Placement.OwnerDownPolicy.allCases {
            for isKnownToBeDown in [true, false] {
                var settings = TestCluster.nothingInline
                settings.onOwnerDown = policy
                let cluster = try await Self.cluster(2, settings: settings)
                #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1]).status == 201)
                cluster.cut(2)
                if isKnownToBeDown {
                    cluster.time.advance(by: Limits.memberLease + .seconds(1))
                    try await cluster[1].node.resume()
                }
                let answer = try await cluster.send(.put, "/v1/files/f", to: 1, body: [9, 9])
                switch policy {
                case .writeHere:
                    #expect(answer.status == 200)
                    #expect(answer.instance == "node-1")
                    #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [9, 9])
                case .refuse:
                    #expect(answer.status == 502)
                    #expect(answer.text.contains("node-2"))
                    cluster.mend(2)
                    if isKnownToBeDown { try await cluster[2].node.resume() }
                    #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [1])
                }
            }
        }
    }

    @Test("A body that fails half way to a peer changes nothing and leaves nothing")
    func brokenUpload() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1]).status == 201)
        let body = PiecewiseBody(Self.bytes(400_000), failure: .truncated)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 1, stream: body).status == 400)
        #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [1])
        #expect(try await Self.count(cluster, 2) == 1)
    }

    @Test("A peer that is full says so, and nothing is stored")
    func full() async throws {
        let cluster = TestCluster(2, capacityBytes: 1000)
        try await cluster.start()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1]).status == 201)
        let answer = try await cluster.send(.put, "/v1/files/f", to: 1, body: Self.bytes(2000))
        #expect(answer.status == 507)
        #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [1])
    }

    @Test("What a peer took for a write that was refused afterwards is deleted there")
    func refusedAfterwards() async throws {
        let cluster = try await Self.cluster(2)
        let first = try await cluster.send(.put, "/v1/files/f", to: 2, body: [1])
        let tag = try #require(first.fields.only("etag"))
        let node = cluster[2].node
        let body = PiecewiseBody(Self.bytes(400_000)) { position in
            guard position == 0 else { return }
            // Somebody replaces the file while the body is under way.
            _ = try? await node.writeFile(
                FilePath(parsing: "/f"),
                FileUpload(disposition: .createOrReplace, length: 1, body: BytesStream([2])),
                by: TestNode.owner)
        }
        let answer = try await cluster.send(
            .put, "/v1/files/f", to: 1, fields: ["if-match": tag], stream: body)
        #expect(answer.status == 412)
        // The two that were published; the older is garbage that its own node collects.
        #expect(try await Self.count(cluster, 2) == 2)
    }

    @Test("Each node deletes what is condemned in its own store, and only there")
    func condemned() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1]).status == 201)
        #expect(try await cluster.send(.delete, "/v1/files/f", to: 1).status == 204)
        let grace = cluster[1].node.dependencies.settings.reclaimGrace
        while try await cluster[1].node.collectGarbage() {}
        cluster.time.advance(by: grace + .seconds(1))
        while try await cluster[1].node.collectGarbage() {}
        #expect(try await Self.count(cluster, 2) == 1)
        while try await cluster[2].node.collectGarbage() {}
        #expect(try await Self.count(cluster, 2) == 0)
        #expect(try await cluster.metadata.counts().condemned == 0)
    }

    @Test("A link is served through a node that does not have the file, and a peer that is away burns none")
    func links() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        let issued = try await cluster.send(
            .post, "/v1/links/generate", to: 1, fields: ["content-type": "application/json"],
            body: Array(#"{"path":"/f","expiry_seconds":600}"#.utf8))
        #expect(issued.status == 201)
        let url = try #require(issued.text.split(separator: "\"").first { $0.contains("/download/") })
        let target = String(url.dropFirst("https://files.example".count))
        cluster.cut(2)
        #expect(try await cluster.send(.get, target, to: 1).status == 502)
        cluster.mend(2)
        #expect(try await cluster.send(.get, target, to: 1).body == [1, 2, 3])
        #expect(try await cluster.send(.get, target, to: 1).status == 410)
    }

    @Test("A node that joined a moment ago is found by those that have not heard of it")
    func newcomers() async throws {
        let cluster = TestCluster(2)
        try await cluster.start(lookingAround: false)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        #expect(try await cluster.send(.head, "/v1/files/f", to: 1).instance == "node-2")
        #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [1, 2, 3])
    }

    @Test("A node that said that it restarts is waited for, and nothing fails")
    func restart() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        try await cluster[2].node.announceRestart()
        cluster.cut(2)
        // It says so and is gone before the first node has heard of it.
        let one = cluster[1]
        let path = try FilePath(parsing: "/f")
        let read = Waiting(cluster.time)
        let answer = try await read.run {
            let opened = try await one.node.openFile(
                path, conditions: Conditions(), by: TestNode.owner)
            let content = try #require(opened.content)
            return try await collect(try await one.node.read(content, range: 0..<content.size))
        } whenAsleep: {
            try await cluster.relaunch(2)
            try await cluster.join(2)
        }
        #expect(answer == [1, 2, 3])
    }

    @Test("A node that said that it restarts and does not come back is given up after a while")
    func lostRestart() async throws {
        let cluster = try await Self.cluster(2)
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        try await cluster[2].node.announceRestart()
        cluster.cut(2)
        let one = cluster[1]
        let path = try FilePath(parsing: "/f")
        let failure = try await Waiting(cluster.time).run { () async -> Failure? in
            do throws(Failure) {
                let opened = try await one.node.openFile(
                    path, conditions: Conditions(), by: TestNode.owner)
                guard let content = opened.content else { return nil }
                _ = try await one.node.read(content, range: 0..<content.size)
                return nil
            } catch {
                return error
            }
        } whenAsleep: {
        }
        #expect(failure == .instanceUnavailable(cluster[2].instance))
    }
}

/// Runs something that waits for time: does something else once it is asleep, then lets time go on.
struct Waiting {
    private let time: ManualTime

    init(_ time: ManualTime) { self.time = time }

    func run<Answer: Sendable>(
        _ work: @escaping @Sendable () async throws -> Answer, whenAsleep act: () async throws -> Void
    ) async throws -> Answer {
        async let answer = work()
        while time.sleeperCount == 0 { await Task.yield() }
        try await act()
        async let _: Void = tick()
        return try await answer
    }

    private func tick() async {
        while !Task.isCancelled {
            if time.sleeperCount > 0 { time.advance(by: .milliseconds(100)) }
            await Task.yield()
        }
    }
}
