package import Domain
package import Ports
import Testing

/// What every `ContentStore` does, whatever it is made of. Each check gets a fresh, empty store.
package struct ContentStoreContract: Sendable {
    /// How much a bounded store holds: more than any check but that of the bound needs.
    package static let capacityBytes = 24 << 20

    private let makeStore: @Sendable () async throws -> any ContentStore
    private let isBounded: Bool

    /// `isBounded` says that the stores have room for `capacityBytes`, and not for more.
    package init(isBounded: Bool, _ makeStore: @escaping @Sendable () async throws -> any ContentStore) {
        self.isBounded = isBounded
        self.makeStore = makeStore
    }

    /// The checks by name, for a parameterized test.
    package enum Check: String, CaseIterable, Sendable {
        case roundTrips, ranges, wrongLengths, failingBodies, cancellation, cancelledCalls, writesOnce
        case concurrentWriters, concurrentTransfers, wrongSizes, missing, deletion, readersAndDeletion
        case lists, listsUnderChange, fills, health
    }

    package func run(_ check: Check) async throws {
        let store = try await makeStore()
        switch check {
        case .roundTrips: try await roundTrips(store)
        case .ranges: try await ranges(store)
        case .wrongLengths: try await wrongLengths(store)
        case .failingBodies: try await failingBodies(store)
        case .cancellation: try await cancellation(store)
        case .cancelledCalls: try await cancelledCalls(store)
        case .writesOnce: try await writesOnce(store)
        case .concurrentWriters: try await concurrentWriters(store)
        case .concurrentTransfers: try await concurrentTransfers(store)
        case .wrongSizes: try await wrongSizes(store)
        case .missing: try await missing(store)
        case .deletion: try await deletion(store)
        case .readersAndDeletion: try await readersAndDeletion(store)
        case .lists: try await lists(store)
        case .listsUnderChange: try await listsUnderChange(store)
        case .fills: if isBounded { try await fills(store) }
        case .health: try await health(store)
        }
    }

    // MARK: Whole contents

    private func roundTrips(_ store: any ContentStore) async throws {
        let buffer = Limits.transferBufferBytes
        for (index, size) in [0, 1, buffer - 1, buffer, buffer + 1, 3 * buffer, 5_000_001].enumerated() {
            let bytes = pattern(size, seed: index)
            for length in [nil, UInt64(size)] {
                let id = location(index * 2 + (length == nil ? 0 : 1))
                var observed: [UInt8] = []
                let stored = try await store.write(id, length: length, body: PiecewiseBody(bytes)) {
                    observed.append(contentsOf: $0)
                }
                #expect(stored.size == UInt64(size))
                #expect(observed == bytes)
                #expect(try await store.size(of: id) == UInt64(size))
                let stream = try await store.read(id, size: UInt64(size), range: 0..<UInt64(size))
                #expect(try await stream.collect(pieceBytes: 60_000) == bytes)
                let end = ByteBuffer(capacity: 1)
                #expect(try await stream.read(into: end) == 0)
            }
        }
    }

    private func ranges(_ store: any ContentStore) async throws {
        let bytes = pattern(700_000, seed: 1)
        try await store.put(location(1), bytes)
        for range in [0..<0, 0..<1, 5..<5, 699_999..<700_000, 100_000..<600_001, 700_000..<700_000] {
            let stream = try await store.read(
                location(1), size: 700_000, range: UInt64(range.lowerBound)..<UInt64(range.upperBound))
            #expect(try await stream.collect(pieceBytes: 4_096) == Array(bytes[range]))
        }
    }

    private func wrongSizes(_ store: any ContentStore) async throws {
        try await store.put(location(1), [1, 2, 3])
        for size in [0, 2, 4, 1 << 40] as [UInt64] {
            await expect(.corrupt) { try await store.read(location(1), size: size, range: 0..<size) }
        }
    }

    // MARK: Writes that fail

    private func wrongLengths(_ store: any ContentStore) async throws {
        for size in [1, 100, 600_000] {
            let bytes = pattern(size, seed: size)
            let more = UInt64(size + 1)
            let less = UInt64(size - 1)
            await expect(.body(.truncated)) { try await store.put(location(1), bytes, length: more) }
            await expect(.body(.tooLarge(limit: less))) {
                try await store.put(location(1), bytes, length: less)
            }
            try await expectNothing(in: store)
        }
        try await store.put(location(1), [1])
    }

    private func failingBodies(_ store: any ContentStore) async throws {
        for size in [0, 1, 600_000] {
            for failure in [ByteStreamError.truncated, .malformed, .timedOut] {
                let body = PiecewiseBody(pattern(size, seed: 1), failure: failure)
                await expect(.body(failure)) {
                    try await store.write(location(1), length: nil, body: body) { _ in }
                }
                try await expectNothing(in: store)
            }
        }
        try await store.put(location(1), [1])
    }

    private func cancellation(_ store: any ContentStore) async throws {
        for moment in [0, 1, 300_000, 600_000] {
            let outcome = await withTaskGroup(of: ContentError?.self) { group in
                group.addTask {
                    let body = PiecewiseBody(pattern(600_000, seed: 1)) { position in
                        if position >= moment { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                    return await failure {
                        try await store.write(location(1), length: nil, body: body) { _ in }
                    }
                }
                return await group.next() ?? nil
            }
            #expect(outcome == .cancelled)
            try await expectNothing(in: store)
        }
        try await store.put(location(1), [1])
    }

    private func cancelledCalls(_ store: any ContentStore) async throws {
        try await store.put(location(1), [1])
        let outcomes = await withTaskGroup(of: [ContentError?].self) { group in
            group.addTask {
                withUnsafeCurrentTask { $0?.cancel() }
                return [
                    await failure { try await store.put(location(2), [2]) },
                    await failure { try await store.read(location(1), size: 1, range: 0..<1) },
                    await failure { try await store.size(of: location(1)) },
                    await failure { try await store.list(after: nil, limit: 1) },
                    await failure { try await store.delete(location(1)) },
                ]
            }
            return await group.next() ?? []
        }
        #expect(outcomes == Array(repeating: ContentError.cancelled, count: 5))
        #expect(try await store.get(location(1), size: 1) == [1])
    }

    private func writesOnce(_ store: any ContentStore) async throws {
        try await store.put(location(1), [1])
        await expectRefusal { try await store.put(location(1), [2, 2]) }
        #expect(try await store.get(location(1), size: 1) == [1])
    }

    private func concurrentWriters(_ store: any ContentStore) async throws {
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
            for writer in 1...4 {
                group.addTask {
                    let bytes = pattern(200_000 + writer, seed: writer)
                    let body = PiecewiseBody(bytes) { _ in await Task.yield() }
                    do throws(ContentError) {
                        _ = try await store.write(location(1), length: nil, body: body) { _ in }
                        return writer
                    } catch {
                        guard case .refused = error else { throw error }
                        return nil
                    }
                }
            }
            var winners: [Int] = []
            for try await winner in group { if let winner { winners.append(winner) } }
            return winners
        }
        let winner = try #require(winners.first)
        #expect(winners.count == 1)
        let bytes = pattern(200_000 + winner, seed: winner)
        #expect(try await store.get(location(1), size: UInt64(bytes.count)) == bytes)
    }

    private func concurrentTransfers(_ store: any ContentStore) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<32 {
                group.addTask {
                    let bytes = pattern(number * 20_011, seed: number)
                    try await store.put(location(number), bytes)
                    #expect(try await store.get(location(number), size: UInt64(bytes.count)) == bytes)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.list(after: nil, limit: 100).count == 32)
    }

    // MARK: Absence

    private func missing(_ store: any ContentStore) async throws {
        await expect(.notFound) { try await store.read(location(1), size: 1, range: 0..<1) }
        #expect(try await store.size(of: location(1)) == nil)
        try await store.delete(location(1))
        try await expectNothing(in: store)
    }

    private func deletion(_ store: any ContentStore) async throws {
        try await store.put(location(1), [1])
        try await store.put(location(2), [2])
        #expect(try await store.get(location(1), size: 1) == [1])
        try await store.delete(location(1))
        await expect(.notFound) { try await store.read(location(1), size: 1, range: 0..<1) }
        #expect(try await store.size(of: location(1)) == nil)
        try await store.delete(location(1))
        #expect(try await store.list(after: nil, limit: 10) == [StoredObject(id: location(2), size: 1)])
        #expect(try await store.get(location(2), size: 1) == [2])
    }

    /// A reader that has begun either finishes with the right bytes or fails; it never ends early.
    private func readersAndDeletion(_ store: any ContentStore) async throws {
        let bytes = pattern(500_000, seed: 1)
        try await store.put(location(1), bytes)
        let stream = try await store.read(location(1), size: 500_000, range: 0..<500_000)
        let start = ByteBuffer(capacity: 1_000)
        let count = try await stream.read(into: start)
        try await store.delete(location(1))
        do throws(ByteStreamError) {
            #expect(Array(start.readable) + (try await stream.collect()) == bytes)
        } catch {
            #expect(error != .cancelled)
        }
        #expect(count > 0)
    }

    // MARK: Listing and health

    private func lists(_ store: any ContentStore) async throws {
        #expect(try await store.list(after: nil, limit: 10).isEmpty)
        try await putMany(0..<300, into: store)
        let expected = Set((0..<300).map { location($0) })
        for limit in [1, 7, 299, 300, 301] {
            let pages = try await walk(store, limit: limit)
            #expect(pages.allSatisfy { $0.count == limit || $0 == pages.last })
            let objects = pages.flatMap { $0 }
            #expect(objects.count == 300)
            #expect(Set(objects.map(\.id)) == expected)
            for object in objects { #expect(try await store.size(of: object.id) == object.size) }
        }
    }

    private func listsUnderChange(_ store: any ContentStore) async throws {
        try await putMany(0..<200, into: store)
        var seen: [LocationID] = []
        var deleted = 0
        var page = try await store.list(after: nil, limit: 10)
        while let last = page.last {
            seen += page.map(\.id)
            // The cursor itself goes, and others before and behind it; new ones come.
            try await store.delete(last.id)
            for number in [deleted * 3, deleted * 3 + 1] where number < 100 {
                try await store.delete(location(number))
            }
            try await store.put(location(1_000 + deleted), [1])
            deleted += 1
            page = try await store.list(after: last.id, limit: 10)
        }
        #expect(Set(seen).count == seen.count)
        #expect(Set(seen).isSuperset(of: (100..<200).map { location($0) }))
    }

    private func fills(_ store: any ContentStore) async throws {
        let half = pattern(Self.capacityBytes / 2, seed: 1)
        try await store.put(location(1), half)
        let rest = pattern(Self.capacityBytes / 2 + 1_000, seed: 2)
        for length in [nil, UInt64(rest.count), UInt64(1) << 60] {
            await expect(.full) { try await store.put(location(2), rest, length: length) }
            #expect(try await store.size(of: location(2)) == nil)
            #expect(try await store.list(after: nil, limit: 10).map(\.id) == [location(1)])
        }
        #expect(try await store.get(location(1), size: UInt64(half.count)) == half)
        // Nothing of the failed writes takes room, and a deletion gives room back.
        try await store.put(location(3), Array(rest.dropLast(100_000)))
        try await store.delete(location(1))
        try await store.put(location(4), Array(half.dropLast(100_000)))
    }

    private func health(_ store: any ContentStore) async throws {
        let health = await store.probe()
        #expect(health.isAvailable)
        #expect(health.problem == nil)
        if let free = health.freeBytes, let total = health.totalBytes { #expect(free <= total) }
    }

    // MARK: Tools

    /// Small objects of 0 to 6 bytes, written together so that a real disk can sync them together.
    private func putMany(_ numbers: Range<Int>, into store: any ContentStore) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers {
                group.addTask { try await store.put(location(number), pattern(number % 7, seed: number)) }
            }
            try await group.waitForAll()
        }
    }

    private func walk(_ store: any ContentStore, limit: Int) async throws -> [[StoredObject]] {
        var pages: [[StoredObject]] = []
        var last: LocationID?
        while true {
            let page = try await store.list(after: last, limit: limit)
            if page.isEmpty { return pages }
            pages.append(page)
            last = page.last?.id
        }
    }

    private func expectNothing(
        in store: any ContentStore, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        #expect(try await store.list(after: nil, limit: 10).isEmpty, sourceLocation: sourceLocation)
        #expect(try await store.size(of: location(1)) == nil, sourceLocation: sourceLocation)
    }

    private func expect<Value>(
        _ error: ContentError, sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws -> Value
    ) async {
        let outcome = await failure(work)
        #expect(outcome == error, sourceLocation: sourceLocation)
    }

    private func expectRefusal<Value>(_ work: () async throws -> Value) async {
        guard case .refused = await failure(work) else {
            Issue.record("expected a refusal")
            return
        }
    }
}

/// The error that `work` throws; nil when it succeeds.
private func failure<Value>(_ work: () async throws -> Value) async -> ContentError? {
    do {
        _ = try await work()
        return nil
    } catch let error as ContentError {
        return error
    } catch {
        Issue.record("not an error of a content store: \(error)")
        return nil
    }
}

/// Distinct ids whose order has nothing to do with their numbers, as those of a server in their last bytes.
package func location(_ number: Int) -> LocationID {
    let mixed = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
    return LocationID(
        Identifier(
            time: WallTime(nanoseconds: 1_763_663_859_000_000_000), randomHigh: mixed >> 52,
            randomLow: mixed ^ mixed >> 31))
}

extension ContentStore {
    /// Stores `bytes`, of announced length unless told otherwise.
    package func put(_ id: LocationID, _ bytes: [UInt8]) async throws(ContentError) {
        try await put(id, bytes, length: UInt64(bytes.count))
    }

    package func put(_ id: LocationID, _ bytes: [UInt8], length: UInt64?) async throws(ContentError) {
        _ = try await write(id, length: length, body: BytesStream(bytes)) { _ in }
    }

    /// The whole content of an object.
    package func get(_ id: LocationID, size: UInt64) async throws -> [UInt8] {
        try await read(id, size: size, range: 0..<size).collect()
    }
}
