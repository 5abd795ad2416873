/// Finds what somebody meant who mistyped a name.
package enum EditDistance {
    /// The closest of `names` (the first of several), or nil when none is close enough to be meant: more than
    /// a third of its letters, and more than two, would have to change.
    package static func nearest(to word: String, among names: some Sequence<String>) -> String? {
        guard word.utf8.count <= lengthMax else { return nil }
        var best: (name: String, distance: Int)?
        for name in names {
            let distanceMax = max(2, name.utf8.count / 3)
            guard abs(word.utf8.count - name.utf8.count) <= distanceMax else { continue }
            let distance = between(word, name)
            guard distance <= distanceMax else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (name, distance) }
        }
        return best?.name
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each counting
    /// one, over bytes and without regard to the case of letters (Damerau 1964; Wagner and Fischer 1974).
    package static func between(_ left: String, _ right: String) -> Int {
        let first = left.utf8.map(lowercased)
        let second = right.utf8.map(lowercased)
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                var cost = previous[column] + (first[row] == second[column] ? 0 : 1)
                cost = min(cost, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte + 0x20 : byte
    }

    /// Longer words are not typing errors; keeps the work bounded.
    private static let lengthMax = 128
}
