import Domain
import EventLoop
import Synchronization
import Testing

@Suite("The loop")
struct EpollLoopTests {
    @Test("A task that prefers a loop runs on its thread, before and after every suspension")
    func taskStaysOnLoop() async throws {
        try await withLoop { loop in
            #expect(loop.isCurrent)
            #expect(EpollLoop.current === loop)
            await Task.yield()
            #expect(loop.isCurrent)
            await withUnsafeContinuation { $0.resume() }
            #expect(loop.isCurrent)
            async let child = EpollLoop.current === loop
            #expect(await child)
            await withTaskGroup(of: Bool.self) { group in
                group.addTask { EpollLoop.current === loop }
                for await wasOnLoop in group { #expect(wasOnLoop) }
            }
        }
    }

    @Test("A thread that is no loop's has no current loop")
    func noLoopElsewhere() async throws {
        let pool = try BlockingPool(threads: 1)
        let wasOnLoop = try await pool.run { EpollLoop.current != nil }
        #expect(!wasOnLoop)
        pool.stop()
    }

    @Test("A continuation that another thread resumes goes on on the loop")
    func foreignResume() async throws {
        let other = try EpollLoop(index: 1)
        try other.start()
        try await withLoop { loop in
            for _ in 0..<1000 {
                await withUnsafeContinuation { continuation in
                    other.execute { continuation.resume() }
                }
                #expect(loop.isCurrent)
            }
        }
        other.stop()
    }

    @Test("Work from other threads all runs, in the order in which each thread left it")
    func executeKeepsOrder() async throws {
        let loop = try EpollLoop()
        try loop.start()
        let seen = Mutex<[Int]>([])
        await withUnsafeContinuation { continuation in
            for number in 0..<5000 { loop.execute { seen.withLock { $0.append(number) } } }
            loop.execute { continuation.resume() }
        }
        loop.stop()
        #expect(seen.withLock { $0 } == Array(0..<5000))
    }

    @Test("A task that never rests does not keep others from running")
    func busyTaskDoesNotStarve() async throws {
        try await withLoop { loop in
            let mayRest = Flag()
            let sockets = SocketPair()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { while !mayRest.isSet { await Task.yield() } }
                let readiness = SocketReadiness(loop: loop, descriptor: sockets.near)
                try readiness.start()
                let edge = readiness.readEdge
                sendByte(sockets.far)
                await readiness.readable(since: edge)
                readiness.stopWatching()
                mayRest.set()
                try await group.waitForAll()
            }
            sockets.close()
        }
    }

    @Test("The ring of ready jobs grows beyond its first capacity and loses nothing")
    func manyTasksAtOnce() async throws {
        let sum = try await withLoop { _ in
            await withTaskGroup(of: Int.self, returning: Int.self) { group in
                for number in 0..<3000 {
                    group.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 3000 * 2999 / 2)
    }

    @Test("Loops hands its loops out in turn")
    func loopsTakeTurns() throws {
        let loops = try Loops(count: 3)
        let indexes = (0..<6).map { _ in loops.next().index }
        #expect(Set(indexes.prefix(3)) == [0, 1, 2])
        #expect(Array(indexes.prefix(3)) == Array(indexes.suffix(3)))
        loops.stop()
        loops.stop()
    }
}
