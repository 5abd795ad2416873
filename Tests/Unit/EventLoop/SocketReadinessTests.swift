import Domain
import EventLoop
import Testing

@Suite("Readiness of sockets")
struct SocketReadinessTests {
    @Test("An edge between the call that would have blocked and the wait is not lost")
    func edgeBeforeWait() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            let readiness = SocketReadiness(loop: loop, descriptor: sockets.near)
            try readiness.start()
            let edge = readiness.readEdge
            #expect(receiveAvailable(sockets.near) == nil)
            sendByte(sockets.far)
            while readiness.readEdge == edge { await Task.yield() }
            await readiness.readable(since: edge)
            #expect(receiveAvailable(sockets.near) == 1)
            readiness.stopWatching()
            sockets.close()
        }
    }

    @Test("Two tasks that answer each other a thousand times never miss a wake-up")
    func pingPong() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (descriptor, serves) in [(sockets.near, true), (sockets.far, false)] {
                    group.addTask {
                        let readiness = SocketReadiness(loop: loop, descriptor: descriptor)
                        try readiness.start()
                        for _ in 0..<1000 {
                            if serves { sendByte(descriptor) }
                            while true {
                                let edge = readiness.readEdge
                                if receiveAvailable(descriptor) != nil { break }
                                await readiness.readable(since: edge)
                            }
                            if !serves { sendByte(descriptor) }
                        }
                        readiness.stopWatching()
                    }
                }
                try await group.waitForAll()
            }
            sockets.close()
        }
    }

    @Test("An interrupt ends waiting in both directions, now and later, until waiting is allowed again")
    func interrupts() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            let readiness = SocketReadiness(loop: loop, descriptor: sockets.near)
            try readiness.start()
            let timer = LoopTimer(loop: loop) { readiness.interrupt() }
            timer.schedule(at: loop.now + .milliseconds(1))
            await readiness.readable(since: readiness.readEdge)
            #expect(readiness.isInterrupted)
            await readiness.writable(since: readiness.writeEdge)
            readiness.allowWaiting()
            #expect(!readiness.isInterrupted)
            readiness.stopWatching()
            sockets.close()
        }
    }

    @Test("A cancelled task stops waiting to read")
    func cancelledRead() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            for yields in 0..<3 {
                let waiting = Task(executorPreference: loop) {
                    let readiness = SocketReadiness(loop: loop, descriptor: sockets.near)
                    try readiness.start()
                    await readiness.readableOrCancelled(since: readiness.readEdge)
                    readiness.stopWatching()
                    return Task.isCancelled
                }
                for _ in 0..<yields { await Task.yield() }
                waiting.cancel()
                let wasCancelled = try await waiting.value
                #expect(wasCancelled)
            }
            sockets.close()
        }
    }

    @Test("The end of the peer is seen as readable, and a short read is not trusted after it")
    func peerFinishes() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            let readiness = SocketReadiness(loop: loop, descriptor: sockets.near)
            try readiness.start()
            let edge = readiness.readEdge
            sockets.finishFar()
            await readiness.readable(since: edge)
            #expect(receiveAvailable(sockets.near) == 0)
            #expect(readiness.mayBeAtEnd)
            readiness.stopWatching()
            sockets.close()
        }
    }

    @Test("A level-triggered watch reports for as long as there is something, and only what it watches for")
    func levelTriggered() async throws {
        try await withLoop { loop in
            let sockets = SocketPair()
            sendByte(sockets.far)
            var seen: [Readiness] = []
            let watch = try LevelWatch(loop: loop, descriptor: sockets.near, interest: .readable) {
                seen.append($0)
            }
            while seen.count < 3 { await Task.yield() }
            #expect(Array(seen.prefix(3)) == [.readable, .readable, .readable])
            try watch.update([])
            let before = seen.count
            try await loop.sleep(until: loop.now + .milliseconds(2))
            #expect(seen.count == before)
            watch.stopWatching()
            sockets.close()
        }
    }

    @Test("A descriptor that the kernel cannot watch is a typed error and leaves the loop usable")
    func unwatchable() async throws {
        try await withLoop { loop in
            #expect(throws: EventLoopError.kernelRefused(call: .epollControl, errorNumber: 9)) {
                try SocketReadiness(loop: loop, descriptor: 1_000_000).start()
            }
            try await loop.sleep(until: loop.now)
        }
    }
}
