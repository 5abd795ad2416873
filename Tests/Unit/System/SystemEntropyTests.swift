import Domain
import HostSystem
import Ports
import Testing

@Suite("Entropy of the system")
struct SystemEntropyTests {
    @Test("Identifiers never repeat, over many blocks and from tasks at once")
    func distinct() async {
        let entropy = SystemEntropy()
        let all = await withTaskGroup(of: [Identifier].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<2_000).map { _ in
                        let (high, low) = entropy.random128()
                        return Identifier(high: high, low: low)
                    }
                }
            }
            var all = Set<Identifier>()
            for await part in group { all.formUnion(part) }
            return all
        }
        #expect(all.count == 8_000)
    }

    @Test("Every bit is sometimes set and sometimes not")
    func bits() {
        let entropy = SystemEntropy()
        var ever: (UInt64, UInt64) = (0, 0)
        var always: (UInt64, UInt64) = (.max, .max)
        for _ in 0..<512 {
            let (high, low) = entropy.random128()
            ever = (ever.0 | high, ever.1 | low)
            always = (always.0 & high, always.1 & low)
        }
        #expect(ever == (.max, .max))
        #expect(always == (0, 0))
    }

    @Test(
        "Fill writes all bytes that it was given and none beside", arguments: [0, 1, 31, 256, 257, 100_000])
    func fill(count: Int) {
        let entropy = SystemEntropy()
        var bytes = [UInt8](repeating: 0, count: count + 2)
        // 64 rounds: that a byte stays 0 in all of them by chance is 256 to the power of -64.
        var touched = [UInt8](repeating: 0, count: count + 2)
        for _ in 0..<(count > 1_000 ? 8 : 64) {
            bytes.withUnsafeMutableBytes { all in
                entropy.fill(UnsafeMutableRawBufferPointer(rebasing: all[1..<count + 1]))
            }
            for index in touched.indices { touched[index] |= bytes[index] }
        }
        #expect(touched.first == 0)
        #expect(touched.last == 0)
        #expect(touched.dropFirst().dropLast().allSatisfy { $0 != 0 })
    }
}
