import SimWorkloads
import SimWorld

/// What the command line asks for.
struct Invocation {
    struct Mistake: Error {
        let message: String
    }

    /// Nil: every seed has the workload that its number falls on.
    private(set) var workload: (any Workload.Type)?
    /// Only those seeds whose turn this workload is, as they come in a run of all workloads.
    private(set) var turn: (any Workload.Type)?
    private(set) var seeds: Range<UInt64> = 0..<1_000
    /// Of so many processes that share the seeds, which one this is.
    private(set) var shard: (index: UInt64, count: UInt64) = (0, 1)
    private(set) var seconds: Int?
    private(set) var overrides: [String: Int] = [:]
    /// One seed, told step by step.
    private(set) var isVerbose = false
    private(set) var failuresMax = 10
    /// Seeds that found something once.
    private(set) var regressions: [Regression] = []
    /// Whether histories are judged; without optimization that takes minutes for some.
    private(set) var judgesHistory = true
    /// The stories, and no seeds.
    private(set) var tellsStories = false
    /// Print a line for every seed with its digest.
    private(set) var printsDigests = false

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--digests":
                printsDigests = true
                continue
            case "--stories":
                tellsStories = true
                continue
            case "--unjudged":
                judgesHistory = false
                continue
            default: break
            }
            guard let value = rest.popFirst() else { throw Mistake(message: "'\(option)' needs a value") }
            try take(option, value)
        }
    }

    private mutating func take(_ option: String, _ value: String) throws(Mistake) {
        switch option {
        case "--seed":
            let seed: UInt64 = try Self.number(value)
            seeds = seed..<seed + 1
            isVerbose = true
        case "--seeds":
            guard let dots = value.range(of: "..<") else {
                throw Mistake(message: "'--seeds' is a range such as 0..<1000")
            }
            let (first, end): (UInt64, UInt64) = (
                try Self.number(value[..<dots.lowerBound]), try Self.number(value[dots.upperBound...])
            )
            guard first <= end else { throw Mistake(message: "the range of seeds is upside down") }
            seeds = first..<end
        case "--workload": workload = try Self.workload(named: value)
        case "--turn": turn = try Self.workload(named: value)
        case "--regressions":
            guard let lines = Regression.read(value) else {
                throw Mistake(message: "'\(value)' is no list of seeds")
            }
            regressions = lines
        case "--shard":
            let parts = value.split(separator: "/")
            guard parts.count == 2 else { throw Mistake(message: "'--shard' is such as 0/2") }
            shard = (try Self.number(parts[0]), try Self.number(parts[1]))
            guard shard.index < shard.count else { throw Mistake(message: "no such shard") }
        case "--minutes": seconds = try Self.number(value) * 60
        case "--seconds": seconds = try Self.number(value)
        case "--failures": failuresMax = try Self.number(value)
        case "--option":
            let parts = value.split(separator: "=")
            guard parts.count == 2 else { throw Mistake(message: "'--option' is such as nodes=3") }
            overrides[String(parts[0])] = try Self.number(parts[1])
        default: throw Mistake(message: "unknown argument '\(option)'")
        }
    }

    private static func workload(named name: String) throws(Mistake) -> any Workload.Type {
        guard let found = Workloads.named(name) else {
            let names = Workloads.all.map { $0.name }.joined(separator: ", ")
            throw Mistake(message: "no workload '\(name)'; there are: \(names)")
        }
        return found
    }

    private static func number<Number: FixedWidthInteger>(
        _ text: some StringProtocol
    ) throws(Mistake) -> Number {
        guard let number = Number(text) else { throw Mistake(message: "'\(text)' is not a number") }
        return number
    }

    /// Whether a seed is one of those that were asked for.
    func includes(_ seed: UInt64) -> Bool { turn.map { workload(of: seed) == $0 } ?? true }

    func workload(of seed: UInt64) -> any Workload.Type {
        workload ?? Workloads.all[Int(seed % UInt64(Workloads.all.count))]
    }
}

extension String {
    /// Where `text` stands first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
