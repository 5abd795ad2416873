/// Which symbolic links of a path are followed.
package enum LinkFollowing: UInt8, Hashable, Sendable {
    /// None: a link in the middle ends the walk, as a file does.
    case never
    /// Those that something comes after: for who creates, removes or renames an entry, or asks for the link
    /// itself.
    case intermediate
    /// The last one too: for who opens, lists, or changes what the path leads to.
    case all
    /// As `all`, for who makes a file where nothing is: a link at the end whose target ends in a slash is of
    /// no use then, whatever is there (EISDIR of open(2) with O_CREAT).
    case creation
}

/// A walk from the root along a path and the links on it, as path_resolution(7) tells: a machine that says
/// which name to look up where, and is told what is there. Every metadata store drives it in a snapshot of
/// its own, so all of them follow links in the same way.
///
/// A target that begins with a slash starts at the root of the tree, `..` at the root stays there, and `..`
/// elsewhere is the directory above the one that was reached. So nothing leads out of the tree. One walk
/// follows at most `Limits.symlinksFollowedMax` links.
package struct PathWalk {
    /// What the walk wants to know.
    package struct Lookup: Sendable {
        package let parent: InodeID
        package let name: FileName
    }

    private let path: FilePath
    private let following: LinkFollowing
    private let root: Inode
    private var steps: [Resolution.Step] = []
    /// The inode that was reached: that of the last step, or the root.
    private var place: InodeID
    private var kind: FileKind
    /// How many names of the path were looked up.
    private var taken = 0
    /// The name that was not found, when one was not.
    private var absent: FileName?
    private var asked: (name: FileName, isOfLink: Bool)?
    private var links = Links()

    /// What only a walk that came to a link has.
    private struct Links {
        /// What links put before the rest of the path, the next one last.
        var pending: [SymlinkComponent] = []
        var followed = 0
        var componentsSeen = 0
        var detours: [Resolution.Detour] = []
        /// Directories that are among the detours, and where.
        var recorded: [InodeID: Int] = [:]
        var demandsDirectory = false
        var obstacle: Resolution.Obstacle?
    }

    package init(along path: FilePath, following: LinkFollowing, from root: Inode) {
        self.path = path
        self.following = following
        self.root = root
        place = root.id
        kind = root.kind
        steps.reserveCapacity(path.names.count)
    }

    /// The next name to look up; nil when the walk is over. To be answered before the next one is asked for.
    package mutating func next() -> Lookup? {
        guard absent == nil, links.obstacle == nil else { return nil }
        if !links.pending.isEmpty { return nextOfLink() }
        guard taken < path.names.count, kind == .directory else { return nil }
        defer { taken += 1 }
        return ask(path.names[taken], isOfLink: false)
    }

    /// What the name leads to that was asked for last; nil for nothing.
    package mutating func answer(_ inode: Inode?) {
        guard let (name, isOfLink) = asked else { preconditionFailure("nothing was asked") }
        asked = nil
        let isLast = links.pending.isEmpty && taken == path.names.count
        guard let inode else {
            absent = name
            // Parents are made of the names of a request, and not of those that a link left.
            if isOfLink, !isLast { links.obstacle = .missing }
            return
        }
        steps.append(Resolution.Step(name: name, inode: inode))
        (place, kind) = (inode.id, inode.kind)
        guard kind == .symlink, following != .never else { return }
        if !isLast || following != .intermediate { follow(inode, isLast: isLast) }
    }

    /// What the whole path leads to; nil when that is nothing.
    package var target: Inode? {
        guard absent == nil, links.obstacle == nil, taken == path.names.count else { return nil }
        return steps.last?.inode ?? root
    }

    /// What was found, once the walk is over, with the content of the target and the time of the snapshot.
    package func resolution(content: Content?, time: WallTime) -> Resolution {
        guard links.followed > 0 || links.obstacle != nil else {
            return Resolution(path: path, root: root, steps: steps, content: content, time: time)
        }
        var names = steps.map(\.name)
        if let absent { names.append(absent) }
        if links.obstacle == nil { names += path.names[taken...] }
        return Resolution(
            path: FilePath(names: names), root: root, steps: steps, content: content, time: time,
            detours: links.detours, obstacle: links.obstacle, demandsDirectory: links.demandsDirectory)
    }

    // MARK: Links

    private mutating func ask(_ name: FileName, isOfLink: Bool) -> Lookup {
        asked = (name, isOfLink)
        return Lookup(parent: place, name: name)
    }

    private mutating func nextOfLink() -> Lookup? {
        while let component = links.pending.popLast() {
            guard kind == .directory else {
                links.obstacle = .notADirectory
                return nil
            }
            switch component {
            case .name where isUselessForCreation, .tooLong where isUselessForCreation:
                leave()
                links.obstacle = .isADirectory
                return nil
            case .name(let name): return ask(name, isOfLink: true)
            case .current: leave()
            case .parent:
                leave()
                _ = steps.popLast()
                moved()
            case .tooLong:
                leave()
                links.obstacle = .nameTooLong
                return nil
            }
        }
        return next()
    }

    /// Whether nothing comes after the part that was taken last, and a slash does: seen before the name is
    /// looked at, be it too long.
    private var isUselessForCreation: Bool {
        following == .creation && links.demandsDirectory && links.pending.isEmpty
            && taken == path.names.count
    }

    private mutating func follow(_ link: Inode, isLast: Bool) {
        let text = link.symlinkTarget ?? ""
        let components = SymlinkComponent.components(of: text)
        links.componentsSeen += components.count
        guard links.followed < Limits.symlinksFollowedMax,
            links.componentsSeen <= Limits.symlinkComponentsMax
        else {
            links.obstacle = .linkLoop
            return
        }
        links.followed += 1
        leave(asLast: isLast)
        if text.utf8.first == UInt8(ascii: "/") {
            steps.removeAll(keepingCapacity: true)
        } else {
            steps.removeLast()
        }
        moved()
        if isLast, text.utf8.last == UInt8(ascii: "/") { links.demandsDirectory = true }
        links.pending += components.reversed()
    }

    private mutating func moved() {
        place = steps.last?.inode.id ?? root.id
        kind = steps.last?.inode.kind ?? root.kind
    }

    /// Puts what was reached, with all on the way to it, among the detours: the walk looked into it, or
    /// followed it, and may not come by again. A directory has one name, so it is there once.
    private mutating func leave(asLast: Bool = false) {
        var first = steps.count
        var parent: Int?
        while first > 0 {
            parent = links.recorded[steps[first - 1].inode.id]
            if parent != nil { break }
            first -= 1
        }
        for step in steps[first...] {
            let isLink = step.inode.kind == .symlink
            links.detours.append(Resolution.Detour(parent: parent, step: step, isLastLink: isLink && asLast))
            parent = links.detours.count - 1
            if !isLink { links.recorded[step.inode.id] = parent }
        }
    }
}
