import Domain

/// What the search found.
enum SearchResult {
    /// The operations in an order of instants that explains all answers; those that never happened are not
    /// in it.
    case linearizable([Int])
    /// There is no such order.
    case impossible
    /// The bound was reached: a defect of the search or of the workload, and never an acquittal.
    case gaveUp(steps: Int)
}

/// Looks for an order of the operations of a history in which the model gives every answer that was given,
/// each operation at one instant between its request and its answer (Wing and Gong, "Testing and verifying
/// concurrent objects", 1993), remembering the configurations that lead nowhere (Lowe, "Testing for
/// linearizability", 2017).
///
/// Sound and complete, whatever is cut off:
/// - What only looks is taken as soon as it fits: any order that has it later is as good with it here.
/// - A configuration is hopeless when the same operations with answers and the same state were, with no more
///   of the unanswered ones used up.
/// - Unanswered operations come directly before what may see one of them, or begins after its last chance:
///   one that could come later is pushed back to there. Those that do not see each other and stand side by
///   side do so in the order in which they began.
/// - One that changes nothing need not happen.
/// - Of several that do the same, the one whose chance ends first is taken first: else the two could change
///   places.
///
/// Where the store's order is known, it is tried first. It decides nothing.
struct LinearizabilitySearch {
    private var model: FilesystemModel
    private let steps: [Step]
    private let footprints: [Footprint]
    /// Where the store's order has an operation first; `.max` for nowhere.
    private let places: [Int]
    /// The unanswered operations that may still come: what looks and begins after the last chance of one has
    /// to wait until that is decided.
    private var isAwaited: [Bool]
    /// Operations that are not yet in the order, by their beginnings, as a linked list around `steps.count`.
    private var next: [Int]
    private var previous: [Int]
    private var missing = 0
    private var answered = Fingerprint.zero
    private var used = UnansweredSet()
    private var unansweredIndex: [Int]
    /// The latest beginning of what is in the order.
    private var latest = Int.min
    private var trail: [Taken] = []
    private var frames: [Frame] = []
    private var candidates: [Int] = []
    private var hopeless: [Configuration: [UnansweredSet]] = [:]
    private var tried = 0
    private let triedMax: Int

    /// A search that needs more would never end; one of the sizes that are used needs a few thousand.
    static let triedMaxDefault = 1_000_000

    private struct Taken {
        let step: Int
        let latestBefore: Int
    }

    private struct Frame {
        let mark: FilesystemModel.Mark
        let trailCount: Int
        let firstCandidate: Int
        var candidate: Int
    }

    private struct Configuration: Hashable {
        let answered: Fingerprint
        let state: Fingerprint
        /// The unanswered operations that were taken last and limit what may come next.
        let waiting: Fingerprint
    }

    init(
        _ steps: [Step], _ vocabulary: Vocabulary, root: History.Root,
        triedMax: Int = Self.triedMaxDefault
    ) {
        self.steps = steps
        self.triedMax = triedMax
        model = FilesystemModel(vocabulary, root: root)
        let places = Footprints(steps)
        footprints = steps.map { places[$0] }
        self.places = steps.map { $0.places.min() ?? .max }
        isAwaited = steps.map(\.isOptional)
        let count = steps.count
        next = (0...count).map { $0 == count ? 0 : $0 + 1 }
        previous = (0...count).map { $0 == 0 ? count : $0 - 1 }
        unansweredIndex = Array(repeating: 0, count: count)
        var unanswered = 0
        for (index, step) in steps.enumerated() {
            if step.isOptional {
                unansweredIndex[index] = unanswered
                unanswered += 1
            } else {
                missing += 1
            }
        }
        precondition(unanswered <= UnansweredSet.capacity, "more operations without answers than expected")
    }

    /// The first answer that the order of the store does not explain, as an operation of the history.
    private(set) var misfit: Int?

    /// The state after the order that was found.
    var state: FilesystemModel { model }

    mutating func run() -> SearchResult {
        if fitsOrderOfStore() { return .linearizable(trail.map { steps[$0.step].operation }) }
        putBack(to: 0)
        model.goBack(to: 0)
        isAwaited = steps.map(\.isOptional)
        return search()
    }

    /// Whether the order of the store explains every answer: then nothing needs to be looked for. What has no
    /// place in it and no answer is taken for never done; what has several has its instant at the first that
    /// fits.
    private mutating func fitsOrderOfStore() -> Bool {
        var visits: [(place: Int, index: Int)] = []
        for (index, step) in steps.enumerated() where !step.isPure {
            for place in step.places { visits.append((place, index)) }
            isAwaited[index] = step.isOptional && !step.places.isEmpty
        }
        visits.sort { $0.place < $1.place }
        for (place, index) in visits {
            takeWhatLooks()
            if isOpen(index) {
                let mark = model.mark
                let before = model.fingerprint
                if fits(index), !steps[index].isOptional || model.fingerprint != before {
                    take(index)
                } else {
                    model.goBack(to: mark)
                }
            }
            if place == steps[index].places.last { isAwaited[index] = false }
        }
        takeWhatLooks()
        misfit = steps.indices.filter { !steps[$0].isOptional && isMissing($0) }
            .min { steps[$0].completed < steps[$1].completed }.map { steps[$0].operation }
        return missing == 0
    }

    private func isMissing(_ index: Int) -> Bool { previous[next[index]] == index }

    private func isOpen(_ index: Int) -> Bool {
        var isOpen = false
        forEachOpen { open in
            isOpen = open == index
            return !isOpen
        }
        return isOpen
    }

    private mutating func search() -> SearchResult {
        while true {
            let waiting = waitingForWitness()
            let count = trail.count
            takeWhatLooks()
            if missing == 0 { return .linearizable(trail.map { steps[$0.step].operation }) }
            let isWitnessed =
                trail.count == count
                || waiting.allSatisfy { unanswered in
                    trail[count...].contains { witnesses($0.step, unanswered) }
                }
            if !isWitnessed || isHopeless() {
                guard goOn() else { return .impossible }
            } else {
                openFrame()
                guard goOn() else { return .impossible }
            }
            if tried > triedMax { return .gaveUp(steps: tried) }
        }
    }

    // MARK: The order so far

    private mutating func take(_ index: Int) {
        next[previous[index]] = next[index]
        previous[next[index]] = previous[index]
        trail.append(Taken(step: index, latestBefore: latest))
        latest = max(latest, steps[index].invoked)
        if steps[index].isOptional {
            used.insert(unansweredIndex[index])
        } else {
            missing -= 1
            answered += Fingerprint(UInt64(index))
        }
    }

    private mutating func putBack(to count: Int) {
        while trail.count > count {
            let taken = trail.removeLast()
            let index = taken.step
            next[previous[index]] = index
            previous[next[index]] = index
            latest = taken.latestBefore
            if steps[index].isOptional {
                used.remove(unansweredIndex[index])
            } else {
                missing += 1
                answered -= Fingerprint(UInt64(index))
            }
        }
    }

    /// Calls `body` with each operation that may come next: it begins before any that is not in the order
    /// has ended.
    private func forEachOpen(_ body: (Int) -> Bool) {
        var horizon = Int.max
        var index = next[steps.count]
        while index != steps.count {
            let step = steps[index]
            if step.invoked > horizon { return }
            horizon = min(horizon, step.completed)
            if !step.isOptional || latest < step.lastEffect {
                guard body(index) else { return }
            }
            index = next[index]
        }
    }

    private mutating func fits(_ index: Int) -> Bool {
        tried += 1
        let step = steps[index]
        let answer = model.perform(
            step.call, by: step.user, as: step.operation, isRefused: step.isRefused)
        return step.expected.isMet(by: answer, of: model)
    }

    // MARK: What only looks

    /// Takes all that leave the state as it is and fit it now. One that begins after the last chance of an
    /// unanswered operation closes that chance, so it waits for `openFrame`.
    private mutating func takeWhatLooks() {
        var chance = Int.max
        var looking: [Int] = []
        forEachOpen { index in
            if isAwaited[index] { chance = min(chance, steps[index].lastEffect) }
            if steps[index].isPure { looking.append(index) }
            return true
        }
        var tookAny = false
        for index in looking where steps[index].invoked < chance {
            let mark = model.mark
            let isMet = fits(index)
            model.goBack(to: mark)
            if isMet {
                take(index)
                tookAny = true
            }
        }
        // The horizon may have moved.
        if tookAny { takeWhatLooks() }
    }

    // MARK: Choices

    private mutating func isHopeless() -> Bool {
        let state = model.fingerprint
        let free = Configuration(answered: answered, state: state, waiting: .zero)
        if isHopeless(free) { return true }
        let limit = limit
        let configuration = Configuration(answered: answered, state: state, waiting: limit)
        if limit != .zero, isHopeless(configuration) { return true }
        var sets = hopeless[configuration] ?? []
        sets.removeAll { used.isSubset(of: $0) }
        sets.append(used)
        hopeless[configuration] = sets
        return false
    }

    private func isHopeless(_ configuration: Configuration) -> Bool {
        hopeless[configuration]?.contains { $0.isSubset(of: used) } ?? false
    }

    private mutating func openFrame() {
        let first = candidates.count
        let waiting = waitingForWitness()
        let last = trail.last?.step
        var chance = Int.max
        var found: [Int] = []
        forEachOpen { index in
            if steps[index].isOptional { chance = min(chance, steps[index].lastEffect) }
            if follows(last, waiting, index) { found.append(index) }
            return true
        }
        let open = found
        found.removeAll { index in
            if steps[index].isOptional { return isLater(index, among: open) }
            return steps[index].isPure && steps[index].invoked < chance
        }
        found.sort { left, right in
            (places[left], steps[left].completed, steps[left].invoked)
                < (places[right], steps[right].completed, steps[right].invoked)
        }
        candidates += found.reversed()
        frames.append(
            Frame(
                mark: model.mark, trailCount: trail.count, firstCandidate: first,
                candidate: candidates.count))
    }

    /// Whether another unanswered operation does the same and has to come first.
    private func isLater(_ index: Int, among others: [Int]) -> Bool {
        let step = steps[index]
        guard step.kind >= 0 else { return false }
        return others.contains { other in
            let like = steps[other]
            return like.isOptional && like.kind == step.kind
                && (like.lastEffect, like.invoked) < (step.lastEffect, step.invoked)
        }
    }

    /// Whether an operation may come directly after the last one. `waiting` have no witness yet.
    private func follows(_ last: Int?, _ waiting: [Int], _ index: Int) -> Bool {
        guard let last, steps[last].isOptional else { return true }
        if steps[index].isOptional { return index > last || witnesses(index, last) }
        return waiting.allSatisfy { witnesses(index, $0) }
    }

    /// Whether one operation may see an unanswered one, or comes too late for it to come later.
    private func witnesses(_ index: Int, _ unanswered: Int) -> Bool {
        footprints[index].meets(footprints[unanswered])
            || steps[index].invoked > steps[unanswered].lastEffect
    }

    /// The unanswered operations at the end of the order that nothing behind them has seen.
    private func waitingForWitness() -> [Int] {
        let run = trail.suffix(while: { steps[$0.step].isOptional }).map(\.step)
        return run.indices.compactMap { position in
            run[(position + 1)...].contains { witnesses($0, run[position]) } ? nil : run[position]
        }
    }

    /// Stands for what may not come next.
    private var limit: Fingerprint {
        guard let last = trail.last?.step, steps[last].isOptional else { return .zero }
        var print = Fingerprint(UInt64(last))
        for index in waitingForWitness() { print.absorb(UInt64(index)) }
        return print
    }

    /// Takes the next candidate that fits, of the last frame that has one. False when there is none.
    private mutating func goOn() -> Bool {
        while var frame = frames.popLast() {
            putBack(to: frame.trailCount)
            model.goBack(to: frame.mark)
            while frame.candidate > frame.firstCandidate {
                frame.candidate -= 1
                let index = candidates[frame.candidate]
                let before = model.fingerprint
                if fits(index), !steps[index].isOptional || model.fingerprint != before {
                    frames.append(frame)
                    take(index)
                    candidates.removeLast(candidates.count - frame.candidate)
                    return true
                }
                model.goBack(to: frame.mark)
            }
            candidates.removeLast(candidates.count - frame.firstCandidate)
        }
        return false
    }
}

/// Which of the unanswered operations are in the order.
struct UnansweredSet: Hashable {
    private var words = SIMD8<UInt64>()

    static let capacity = 512

    mutating func insert(_ index: Int) { words[index >> 6] |= 1 << UInt64(index & 63) }
    mutating func remove(_ index: Int) { words[index >> 6] &= ~(1 << UInt64(index & 63)) }

    func isSubset(of other: UnansweredSet) -> Bool { words & ~other.words == SIMD8<UInt64>() }
}

extension Array {
    /// The longest end of which all elements are so.
    fileprivate func suffix(while isSo: (Element) -> Bool) -> ArraySlice<Element> {
        var start = endIndex
        while start > startIndex, isSo(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}
