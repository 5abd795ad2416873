import Glibc
import KernelComparison

/// The comparison with the kernel as a program: see `scripts/kernel --help`.
@main
enum Main {
    /// Every fifth filesystem has its metadata in SQLite.
    private static let sqliteShare: UInt64 = 5

    static func main() async {
        let (steps, firstSeed) = invocation()
        let start = ContinuousClock.now
        let runs = (steps + UInt64(Comparison.stepsOfOne) - 1) / UInt64(Comparison.stepsOfOne)
        let lanes = UInt64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let differences = await withTaskGroup(of: Int.self) { group in
            for lane in 0..<lanes {
                group.addTask { await compare(stride(from: lane, to: runs, by: Int(lanes)), firstSeed) }
            }
            var differences = 0
            for await found in group { differences += found }
            return differences
        }
        let elapsed = start.duration(to: .now)
        let count = runs * UInt64(Comparison.stepsOfOne)
        print(
            "\(count) steps in \(runs) filesystems, \(runs / sqliteShare) of them with metadata in SQLite, "
                + "seeds from \(firstSeed), \(elapsed.components.seconds) s, \(differences) differences")
        exit(differences == 0 ? 0 : 1)
    }

    private static func compare(_ runs: StrideTo<UInt64>, _ firstSeed: UInt64) async -> Int {
        var differences = 0
        for run in runs {
            let isInSQLite = run % sqliteShare == sqliteShare - 1
            let comparison = Comparison(seed: firstSeed + run, store: isInSQLite ? .sqlite : .memory)
            do {
                guard let report = try await comparison.report() else { continue }
                print(report)
                fflush(nil)
                differences += 1
            } catch {
                fail("\(error)")
            }
        }
        return differences
    }

    private static func invocation() -> (steps: UInt64, firstSeed: UInt64) {
        var (steps, firstSeed): (UInt64, UInt64) = (200_000, 1)
        var rest = CommandLine.arguments.dropFirst()
        while let option = rest.popFirst() {
            guard let value = rest.popFirst().flatMap({ UInt64($0) }) else {
                fail("'\(option)' needs a number")
            }
            switch option {
            case "--steps": steps = value
            case "--first-seed": firstSeed = value
            default: fail("unknown argument '\(option)'")
            }
        }
        return (steps, firstSeed)
    }

    private static func fail(_ message: String) -> Never {
        let text = Array("callfs-kernel: \(message)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(2)
    }
}
