import Glibc
import SimWorkloads
import SimWorld

/// A seed that found a mistake once, and is tried ever since: a line of `Tests/ClusterSim/regressions`,
/// with the workload, the seed, options as `name=value` where some are needed, and behind `#` what it was.
struct Regression {
    let workload: any Workload.Type
    let seed: UInt64
    let overrides: [String: Int]

    /// Nil for a line that is none.
    private init?(_ line: Substring) {
        let words = line.prefix { $0 != "#" }.split(separator: " ")
        guard words.count >= 2, let workload = Workloads.named(String(words[0])), let seed = UInt64(words[1])
        else { return nil }
        var overrides: [String: Int] = [:]
        for word in words.dropFirst(2) {
            let pair = word.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            overrides[String(pair[0])] = value
        }
        (self.workload, self.seed, self.overrides) = (workload, seed, overrides)
    }

    /// The lines of a file; nil when it cannot be read, or has a line that says nothing.
    static func read(_ path: String) -> [Regression]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { text.append(UInt8(truncatingIfNeeded: byte)) }
        var found: [Regression] = []
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            if line.first == "#" { continue }
            guard let regression = Regression(line) else { return nil }
            found.append(regression)
        }
        return found
    }
}
