import Domain

/// The choices that make one run unlike another: how many nodes, which faults and how often. Each is drawn
/// from the seed and its own name, so that a new one changes none of the others, and is kept to be printed.
package final class Swarm: @unchecked Sendable {
    private let seed: UInt64
    private let overrides: [String: Int]
    private var drawn: [(name: String, value: Int)] = []

    /// `overrides` replace what the seed would choose.
    package init(seed: UInt64, overrides: [String: Int] = [:]) {
        self.seed = seed
        self.overrides = overrides
    }

    /// One of the values, each equally likely: repeat one to make it likelier.
    package func draw(_ name: String, _ values: [Int]) -> Int {
        var generator = SeededGenerator(seed: Digest64.of("option " + name, startingFrom: seed))
        return keep(name, generator.element(of: values))
    }

    package func draw(_ name: String, _ range: ClosedRange<Int>) -> Int {
        var generator = SeededGenerator(seed: Digest64.of("option " + name, startingFrom: seed))
        return keep(name, generator.number(in: range))
    }

    private func keep(_ name: String, _ value: Int) -> Int {
        let value = overrides[name] ?? value
        drawn.append((name, value))
        return value
    }

    /// All that was drawn, in the order of the drawing.
    package var description: String { drawn.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }

    /// Overrides that nobody asked for: misspelt, most likely.
    package var unused: [String] {
        overrides.keys.filter { name in !drawn.contains { $0.name == name } }.sorted()
    }
}
