import Domain
import Memory
import NodeSupport
import Ports
import Services
import TestSupport
import Testing

@Suite("Joining and leaving")
struct ClusterMembershipTests {
    private static func membership(_ cluster: TestCluster, _ number: Int) throws -> ClusterMembership {
        try #require(cluster[number].node.dependencies.cluster?.membership)
    }

    /// Lets time go on until `work` is done.
    private static func pass<Answer: Sendable>(
        _ cluster: TestCluster, by step: Duration, while work: @escaping @Sendable () async -> Answer
    ) async -> Answer {
        let time = cluster.time
        return await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await work() }
            group.addTask {
                while !Task.isCancelled {
                    if time.sleeperCount > 0 { time.advance(by: step) }
                    await Task.yield()
                }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            guard let first else { preconditionFailure("only the work ends by itself") }
            return first
        }
    }

    @Test("Nodes that joined know of each other and of each other's stores")
    func knowing() async throws {
        let cluster = TestCluster(3)
        try await cluster.start()
        for number in 1...3 {
            let view = try Self.membership(cluster, number).view
            for other in 1...3 where other != number {
                let store = try #require(view.store(cluster[other].store.id))
                #expect(view.reach(of: store) == .peer(cluster[other].instance))
            }
        }
    }

    @Test("A node that is not heard of any more is down, and up again when it is")
    func silence() async throws {
        let cluster = TestCluster(2)
        try await cluster.start()
        let membership = try Self.membership(cluster, 1)
        let store = try #require(membership.view.store(cluster[2].store.id))
        cluster.time.advance(by: Limits.memberLease + .milliseconds(1))
        #expect(membership.view.reach(of: store) == .none(cluster[2].instance))
        try await cluster[2].node.resume()
        await membership.lookAround()
        #expect(membership.view.reach(of: store) == .peer(cluster[2].instance))
    }

    @Test("A process that died is waited for and its name taken over")
    func takeover() async throws {
        let cluster = TestCluster(1)
        try await cluster.start()
        try await cluster.relaunch(1)
        let node = cluster[1].node
        let refusal = await Self.pass(cluster, by: .seconds(1)) { () async -> JoinRefusal? in
            do throws(JoinRefusal) {
                try await node.join()
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal == nil)
        guard case .joined = try Self.membership(cluster, 1).ownStanding else {
            Issue.record("it has not joined")
            return
        }
    }

    @Test("A process that died is followed by another although the store's time stands still")
    func takeoverWhileTimeStands() async throws {
        let cluster = TestCluster(1)
        cluster.time.jumpWall(by: .seconds(86_400))
        try await cluster.start()
        cluster.time.jumpWall(by: .seconds(-86_400))
        try await cluster.relaunch(1)
        let node = cluster[1].node
        let refusal = await Self.pass(cluster, by: .seconds(1)) { () async -> JoinRefusal? in
            do throws(JoinRefusal) {
                try await node.join()
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal == nil)
    }

    @Test("A second node by the name of one that is alive is refused, and the first goes on")
    func secondNode() async throws {
        let cluster = TestCluster(1)
        try await cluster.start()
        let first = cluster[1].node
        try await cluster.relaunch(1)
        let second = cluster[1].node
        let refusal = await Self.pass(cluster, by: .milliseconds(500)) { () async -> JoinRefusal? in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await first.dependencies.cluster?.membership.run() }
                var refusal: JoinRefusal?
                do throws(JoinRefusal) { try await second.join() } catch { refusal = error }
                group.cancelAll()
                return refusal
            }
        }
        #expect(refusal == .nameTaken(first.instance))
        guard case .joined = first.dependencies.cluster?.membership.ownStanding else {
            Issue.record("the first has lost its name")
            return
        }
    }

    @Test("A node that was away for so long that another took its name hears so and is not ready")
    func expelled() async throws {
        let cluster = TestCluster(1)
        try await cluster.start()
        let first = cluster[1].node
        cluster.time.advance(by: Limits.memberLease + .seconds(1))
        try await cluster.relaunch(1)
        try await cluster.join(1)
        try await first.resume()
        #expect(first.dependencies.cluster?.membership.ownStanding == .expelled)
        #expect(await first.health().isReady == false)
        #expect(await cluster[1].node.health().isReady)
    }

    @Test("Readiness says that a node drains or restarts; it serves until it ends")
    func draining() async throws {
        let cluster = TestCluster(2)
        try await cluster.start()
        #expect(try await cluster.send(.put, "/v1/files/f", to: 2, body: [1, 2, 3]).status == 201)
        #expect(try await cluster.send(.get, "/health/ready", to: 2).status == 200)
        try await cluster[2].node.drain()
        let ready = try await cluster.send(.get, "/health/ready", to: 2)
        #expect(ready.status == 503)
        #expect(ready.text.contains("draining"))
        #expect(try await cluster.send(.get, "/health", to: 2).status == 200)
        #expect(try await cluster.send(.get, "/v1/files/f", to: 1).body == [1, 2, 3])
        try await cluster[2].node.announceRestart()
        #expect(try await cluster.send(.get, "/health/ready", to: 2).text.contains("restarting"))
        try await cluster[2].node.resume()
        #expect(try await cluster.send(.get, "/health/ready", to: 2).status == 200)
    }

    @Test("The store's time does not follow a node's time of day and never goes back")
    func storeTime() async throws {
        let cluster = TestCluster(1)
        try await cluster.start()
        let membership = try Self.membership(cluster, 1)
        let before = membership.storeTime()
        cluster.time.jumpWall(by: .seconds(-5000))
        cluster.time.advance(by: .seconds(1))
        #expect(membership.storeTime() == before + .seconds(1))
        await membership.lookAround()
        #expect(membership.storeTime() >= before + .seconds(1))
    }
}
