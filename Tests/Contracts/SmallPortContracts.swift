import Domain
package import Ports
import Testing

/// The contract of `TimeSource`. The subject's clocks go on by themselves, or somebody moves them meanwhile.
package enum TimeSourceContract {
    package typealias Case = ContractCase<any TimeSource>

    package static let cases: [Case] = [
        Case("The monotonic clock never goes back") { time in
            var last = time.monotonicNow()
            for _ in 0..<1_000 {
                let now = time.monotonicNow()
                #expect(now >= last)
                last = now
            }
        },
        Case("The wall clock says a time of this century") { time in
            let now = CivilTime(time.wallNow())
            #expect((2020...2200).contains(now.year))
        },
        Case("A sleep until a time that is past returns") { time in
            try await time.sleep(until: time.monotonicNow())
            try await time.sleep(until: MonotonicInstant(nanoseconds: .min))
        },
        Case("A sleep in a cancelled task throws") { time in
            await withTaskGroup { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await time.sleep(until: MonotonicInstant(nanoseconds: .max))
                    }
                }
                group.cancelAll()
            }
        },
    ]
}

/// The contract of `EntropySource`.
package enum EntropySourceContract {
    package typealias Case = ContractCase<any EntropySource>

    package static let cases: [Case] = [
        Case("No draw of 128 bits comes twice") { entropy in
            let draws = (0..<2_000).map { _ in
                let (high, low) = entropy.random128()
                return Identifier(high: high, low: low)
            }
            #expect(Set(draws).count == draws.count)
        },
        Case("Both halves of a draw vary, in every bit") { entropy in
            var (ones, zeros) = ((UInt64(0), UInt64(0)), (UInt64(0), UInt64(0)))
            for _ in 0..<200 {
                let (high, low) = entropy.random128()
                ones = (ones.0 | high, ones.1 | low)
                zeros = (zeros.0 | ~high, zeros.1 | ~low)
            }
            #expect(ones == (.max, .max))
            #expect(zeros == (.max, .max))
        },
        Case("Bytes are filled to the last one, whatever their number") { entropy in
            for count in [1, 7, 8, 9, 33, 5_000] {
                var seen = [UInt8](repeating: 0, count: count)
                for _ in 0..<24 {
                    var bytes = [UInt8](repeating: 0, count: count)
                    bytes.withUnsafeMutableBytes { entropy.fill($0) }
                    for index in bytes.indices { seen[index] |= bytes[index] }
                }
                #expect(seen.allSatisfy { $0 != 0 })
            }
        },
        Case("Identifiers sort by their times") { entropy in
            let early = entropy.identifier(at: WallTime(nanoseconds: 1_000_000_000))
            let late = entropy.identifier(at: WallTime(nanoseconds: 1_001_000_000))
            #expect(early < late)
        },
    ]
}

/// The contract of `KeyedHash`, apart from the values that FIPS 180-4 and RFC 4231 give.
package enum KeyedHashContract {
    package typealias Case = ContractCase<any KeyedHash>

    private static func sha256(_ bytes: [UInt8], by hash: any KeyedHash) -> [UInt8] {
        bytes.withUnsafeBytes { hash.sha256($0) }
    }

    private static func code(_ key: [UInt8], _ bytes: [UInt8], by hash: any KeyedHash) -> [UInt8] {
        bytes.withUnsafeBytes { hash.hmacSHA256(key: key, $0) }
    }

    package static let cases: [Case] = [
        Case("A digest has 32 bytes, is the same for the same input and another for another") { hash in
            let inputs = (0..<100).map { [UInt8](repeating: UInt8($0), count: $0) }
            let digests = inputs.map { sha256($0, by: hash) }
            #expect(digests.allSatisfy { $0.count == 32 })
            #expect(Set(digests).count == inputs.count)
            #expect(inputs.map { sha256($0, by: hash) } == digests)
        },
        Case("A digest fed in pieces is that of the whole") { hash in
            let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for size in [1, 3, 64, 999, 1_000] {
                let running = hash.startDigest(.sha256)
                var position = 0
                while position < bytes.count {
                    let end = min(bytes.count, position + size)
                    bytes[position..<end].withUnsafeBytes { running.update($0) }
                    position = end
                }
                #expect(running.finish() == sha256(bytes, by: hash))
            }
            #expect(hash.startDigest(.sha256).finish() == sha256([], by: hash))
        },
        Case("An authentication code depends on its key and on its input") { hash in
            let one = code([1, 2, 3], [9], by: hash)
            #expect(one.count == 32)
            #expect(one == code([1, 2, 3], [9], by: hash))
            #expect(one != code([1, 2, 4], [9], by: hash))
            #expect(one != code([1, 2, 3], [8], by: hash))
        },
    ]
}
