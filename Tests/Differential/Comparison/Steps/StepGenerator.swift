import Domain

/// Draws steps that meet: few names, shallow paths, and the modes that matter. The same seed draws the same
/// steps on every machine.
struct StepGenerator {
    /// What is to be drawn.
    struct Scope: Sendable {
        /// Hard links, by anybody or, where the machine does not guard them (fs.protected_hardlinks), by the
        /// superuser.
        var linkers = Caller.all
        /// With links, no directory is sticky and writable by all at once: see `ArguedDifference`.
        var drawsSymlinks = true
        /// A tree is compared after so many steps.
        var stepsBetweenTrees = 250
    }

    private var random: SeededGenerator
    private let scope: Scope
    /// Steps that belong together, the next one last.
    private var planned: [Step] = []

    init(seed: UInt64, scope: Scope) {
        random = SeededGenerator(seed: seed)
        self.scope = scope
    }

    /// Begins with a root directory in which others may do something, and ends with a comparison.
    mutating func steps(_ count: Int) -> [Step] {
        var steps = [Step(caller: .ada, call: .change("/", Call.Attributes(mode: rootMode())))]
        for index in 1...count {
            steps.append(step())
            if index % scope.stepsBetweenTrees == 0 { steps.append(Self.comparison) }
        }
        steps.append(Self.comparison)
        return steps
    }

    static let comparison = Step(caller: .root, call: .compareTrees)

    private mutating func step() -> Step {
        if let next = planned.popLast() { return next }
        let caller = Self.callers[Int(random.number(below: UInt64(Self.callers.count)))]
        switch random.number(below: 100) {
        case 0..<14:
            let mode = random.happens(Ratio(1, of: 2)) ? drawMode() : nil
            let tolerates = random.happens(Ratio(1, of: 5))
            return Step(
                caller: caller, call: .makeDirectory(path(), mode: mode, toleratesExisting: tolerates))
        case 14..<22: return Step(caller: caller, call: .create(path(), mode: optionalMode(), bytes()))
        case 22..<34: return write(by: caller)
        case 34..<40: return Step(caller: caller, call: .read(path(withSlash: true)))
        case 40..<46:
            let following = !scope.drawsSymlinks || random.happens(Ratio(1, of: 2))
            return Step(caller: caller, call: .inspect(path(withSlash: true), following: following))
        case 46..<60: return Step(caller: caller, call: rename())
        case 60..<76: return change(by: caller)
        case 76..<84:
            guard scope.drawsSymlinks else { return write(by: caller) }
            return Step(caller: caller, call: .makeSymlink(path(), target: target()))
        case 84..<91:
            guard !scope.linkers.isEmpty else { return write(by: caller) }
            return link(by: scope.linkers.contains(caller) ? caller : random.element(of: scope.linkers))
        default: return Step(caller: caller, call: .remove(path(withSlash: true)))
        }
    }

    // MARK: Parts

    /// The superuser, who is refused little, keeps to a share; the owner of the root directory has more.
    private static let callers: [Caller] = [.root, .ada, .ada, .ada, .bob, .bob, .cyd, .cyd, .eve]

    private static let names = ["a", "a", "a", "b", "b", "c", "d"]
    private static let longest = String(repeating: "n", count: 255)
    private static let tooLong = String(repeating: "n", count: 256)

    private mutating func name() -> String {
        switch random.number(below: 300) {
        case 0: Self.tooLong
        case 1...3: Self.longest
        default: random.element(of: Self.names)
        }
    }

    private mutating func path(withSlash: Bool = false) -> String {
        let depth: Int
        switch random.number(below: 100) {
        case 0: return "/"
        case 1..<35: depth = 1
        case 35..<70: depth = 2
        case 70..<90: depth = 3
        default: depth = random.number(in: 4...6)
        }
        let path = (0..<depth).map { _ in "/" + name() }.joined()
        return withSlash && random.happens(Ratio(1, of: 8)) ? path + "/" : path
    }

    /// The text of a link: mostly to something near.
    private mutating func target() -> String {
        var parts: [String] = []
        for _ in 0..<random.number(in: 1...3) {
            switch random.number(below: 10) {
            case 0: parts.append(".")
            case 1, 2: parts.append("..")
            default: parts.append(name())
            }
        }
        let text = parts.joined(separator: "/")
        switch random.number(below: 10) {
        case 0: return text + "/"
        case 1..<5: return "/" + text
        case 5: return "//" + text
        default: return text
        }
    }

    private mutating func bytes() -> Call.Bytes {
        let count: Int
        switch random.number(below: 40) {
        case 0: count = 20_000
        case 1..<10: count = 0
        default: count = random.number(in: 1...40)
        }
        return Call.Bytes(count: count, seed: UInt8(random.number(below: 256)))
    }

    private static let modes: [UInt16] = [
        0o0000, 0o0100, 0o0200, 0o0300, 0o0400, 0o0500, 0o0555, 0o0600, 0o0644, 0o0700, 0o0711, 0o0750,
        0o0755,
        0o0755, 0o0770, 0o0775, 0o0777, 0o0777, 0o0777, 0o0077, 0o0007, 0o0070, 0o1777, 0o1777, 0o1775,
        0o1755,
        0o1000, 0o2775, 0o2755, 0o2777, 0o2644, 0o2711, 0o3777, 0o4755, 0o4711, 0o4644, 0o6711, 0o6755,
        0o7777,
    ]

    private mutating func optionalMode() -> UInt16? { random.happens(Ratio(1, of: 2)) ? drawMode() : nil }

    private mutating func drawMode() -> UInt16 {
        let mode = random.element(of: Self.modes)
        // Whether the kernel guards links in such directories is a setting of the machine.
        return scope.drawsSymlinks && mode & 0o1002 == 0o1002 ? mode & ~0o002 : mode
    }

    private mutating func rootMode() -> UInt16 {
        scope.drawsSymlinks
            ? random.element(of: [0o777, 0o777, 0o2777, 0o775, 0o1775, 0o755])
            : random.element(of: [0o777, 0o1777, 0o1777, 0o3777, 0o2777, 0o775])
    }

    private mutating func write(by caller: Caller) -> Step {
        Step(caller: caller, call: .write(path(), mode: optionalMode(), bytes()))
    }

    /// Two of three times a file is written first, near the root and by the owner of most things or the
    /// superuser, and then gets another name beside it, mostly from whoever wrote it. Of names that are drawn
    /// blindly hardly any lead to a file.
    private mutating func link(by caller: Caller) -> Step {
        guard random.happens(Ratio(2, of: 3)) else {
            return Step(caller: caller, call: .makeLink(path(), target: path()))
        }
        let writer = random.happens(Ratio(1, of: 2)) ? Caller.root : .ada
        let directory = random.happens(Ratio(1, of: 2)) ? "" : "/" + name()
        let file = directory + "/" + random.element(of: Self.namesOfFiles)
        let isOwn = random.happens(Ratio(2, of: 3)) && scope.linkers.contains(writer)
        let other = random.happens(Ratio(1, of: 4)) ? Self.parent(of: path()) : directory
        let name = other + "/h" + String(random.number(below: 24))
        planned = [Step(caller: isOwn ? writer : caller, call: .makeLink(name, target: file))]
        return Step(caller: writer, call: .write(file, mode: optionalMode(), bytes()))
    }

    /// The first is a directory's as well, sooner or later.
    private static let namesOfFiles = ["a", "e", "f", "g"]

    /// Without a slash at its end: that of the root directory is empty.
    private static func parent(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    private mutating func rename() -> Call {
        let from = path()
        var to = path()
        if random.happens(Ratio(1, of: 8)) {
            // Below itself, or beside.
            to = random.happens(Ratio(1, of: 2)) ? (from == "/" ? "" : from) + "/" + name() : from
        }
        return .rename(
            from, to: to, overwrite: random.happens(Ratio(3, of: 5)),
            makesParents: random.happens(Ratio(1, of: 4)))
    }

    private mutating func change(by caller: Caller) -> Step {
        var attributes = Call.Attributes()
        switch random.number(below: 12) {
        case 0..<6: attributes.mode = drawMode()
        case 6: attributes.group = random.element(of: Self.groups)
        case 7: attributes.user = random.element(of: Self.users)
        case 8:
            attributes.user = random.element(of: Self.users)
            attributes.group = random.element(of: Self.groups)
        case 9:
            attributes.mode = drawMode()
            attributes.group = random.element(of: Self.groups)
        case 10:
            attributes.user = random.element(of: Self.users)
            attributes.group = random.element(of: Self.groups)
            attributes.mode = drawMode()
            attributes.modifiedAt = random.number(in: 1...2_000_000_000)
        default: attributes.modifiedAt = random.number(in: 1...2_000_000_000)
        }
        // The superuser opens again what others have shut.
        let caller = random.happens(Ratio(1, of: 3)) ? Caller.root : caller
        return Step(caller: caller, call: .change(path(withSlash: true), attributes))
    }

    private static let users = Caller.all.map(\.user)
    private static let groups: [UInt32] = [0, 1000, 1001, 1002, 1003, 2000, 3000]
}
