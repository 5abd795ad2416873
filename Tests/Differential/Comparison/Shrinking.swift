/// Makes a sequence that shows something as short as a simple search can: whatever can be left out is left
/// out, first in large pieces and then step by step ("delta debugging", Zeller and Hildebrandt 2002).
package enum Shrinking {
    /// Each attempt runs the sequence anew.
    static let attemptsMax = 600

    package static func shortest<Element>(
        _ elements: [Element], showing: ([Element]) async throws -> Bool
    ) async throws -> [Element] {
        var best = elements
        var size = max(1, best.count / 2)
        var attempts = 0
        while attempts < attemptsMax {
            var hasShrunk = false
            var start = 0
            while start < best.count, attempts < attemptsMax {
                var shorter = best
                shorter.removeSubrange(start..<min(best.count, start + size))
                attempts += 1
                if try await showing(shorter) {
                    best = shorter
                    hasShrunk = true
                } else {
                    start += size
                }
            }
            if size > 1 { size /= 2 } else if !hasShrunk { break }
        }
        return best
    }
}
