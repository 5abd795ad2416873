/// A path as far as it exists, in one snapshot of the metadata: what every plan decides on.
///
/// Where symbolic links were followed, `path` and `steps` are those of the place that was reached, as if the
/// links were not there, and `detours` has what the walk came by besides.
package struct Resolution: Sendable, Equatable {
    /// A name of the chain and the inode that it led to.
    package struct Step: Sendable, Equatable {
        package let name: FileName
        package let inode: Inode

        package init(name: FileName, inode: Inode) {
            self.name = name
            self.inode = inode
        }
    }

    /// An entry that the walk came by and left again: a link that was followed, a directory that `..` left
    /// or that a link led away from, or one on the way to these.
    package struct Detour: Sendable, Equatable {
        /// The index among the detours of the directory that it is in; nil when that is the root.
        package let parent: Int?
        package let step: Step
        /// Whether it is a link at the end of the path, or at the end of another such link's target.
        package let isLastLink: Bool

        package init(parent: Int?, step: Step, isLastLink: Bool) {
            self.parent = parent
            self.step = step
            self.isLastLink = isLastLink
        }
    }

    /// Why a walk that followed links could not go on. What it reached last is the end of `path`.
    package enum Obstacle: Sendable, Equatable {
        /// What was reached is no directory, and a link's target goes on behind it.
        case notADirectory
        /// The target of a link ends in a slash, and a file was to be made there.
        case isADirectory
        /// The next name of a link's target is longer than any can be.
        case nameTooLong
        /// The last name of `path` does not exist, and a link's target, or the request behind a link that
        /// leads nowhere, goes on behind it.
        case missing
        /// What was reached is one link too many.
        case linkLoop
    }

    private let walk: Walk
    /// The time of the store when the snapshot was taken.
    package let time: WallTime

    package init(
        path: FilePath, root: Inode, steps: [Step], content: Content?, time: WallTime,
        detours: [Detour] = [], obstacle: Obstacle? = nil, demandsDirectory: Bool = false
    ) {
        walk = Walk(
            path: path, root: root, steps: steps, content: content, detours: detours, obstacle: obstacle,
            demandsDirectory: demandsDirectory)
        self.time = time
    }

    private init(_ walk: Walk, at time: WallTime) {
        self.walk = walk
        self.time = time
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.time == right.time && left.walk.isEqual(to: right.walk)
    }

    package var path: FilePath { walk.path }
    package var root: Inode { walk.root }
    /// What was found below the root, in order. All but the last are directories, or the walk ended there.
    package var steps: [Step] { walk.steps }
    /// The content of the target, when it is a file that has one and it was asked for.
    package var content: Content? { walk.content }
    /// In the order in which the walk came by them first; empty when no link was followed.
    package var detours: [Detour] { walk.detours }
    package var obstacle: Obstacle? { walk.obstacle }
    /// The target of a link at the end of the path ends in a slash: only a directory may be there.
    package var demandsDirectory: Bool { walk.demandsDirectory }

    /// What the whole path leads to; nil when it does not exist.
    package var target: Inode? { walk.target }

    /// The names that were not found: empty when the target exists.
    package var missing: ArraySlice<FileName> { path.names[steps.count...] }

    /// The deepest inode that was found.
    package var deepest: Inode { steps.last?.inode ?? root }

    /// The directory that holds the last name, when it exists; nil for the root, which nothing holds.
    package var parent: Inode? {
        guard !path.names.isEmpty else { return nil }
        let index = path.names.count - 1
        guard steps.count >= index else { return nil }
        return index == 0 ? root : steps[index - 1].inode
    }

    /// The inodes from the root on.
    package var chain: [Inode] { [root] + steps.map(\.inode) }

    /// The path of the inode at `index` of `chain`.
    package func path(ofChainIndex index: Int) -> FilePath {
        FilePath(names: Array(path.names.prefix(index)))
    }

    /// The directory that holds a detour.
    package func parent(of detour: Detour) -> Inode {
        detour.parent.map { detours[$0].step.inode } ?? root
    }

    /// The path of a detour.
    package func path(of detour: Detour) -> FilePath {
        var names = [detour.step.name]
        var parent = detour.parent
        while let index = parent {
            names.append(detours[index].step.name)
            parent = detours[index].parent
        }
        return FilePath(names: names.reversed())
    }

    /// The same, known to hold still at a later time of the store.
    package func seen(at time: WallTime) -> Resolution {
        Resolution(walk, at: time)
    }

    /// The resolution of an entry found in the target directory within the same snapshot's reach.
    package func appending(_ entry: Entry, time: WallTime) -> Resolution {
        precondition(target?.kind == .directory)
        return Resolution(
            path: path.appending(entry.name), root: root,
            steps: steps + [Step(name: entry.name, inode: entry.inode)],
            content: nil, time: time, detours: detours)
    }
}

extension Resolution {
    /// What was found, shared by all copies: a remembered resolution is handed to many at once.
    private final class Walk: Sendable {
        let path: FilePath
        let root: Inode
        let steps: [Step]
        let target: Inode?
        let content: Content?
        let detours: [Detour]
        let obstacle: Obstacle?
        let demandsDirectory: Bool

        init(
            path: FilePath, root: Inode, steps: [Step], content: Content?, detours: [Detour],
            obstacle: Obstacle?, demandsDirectory: Bool
        ) {
            precondition(steps.count <= path.names.count)
            self.path = path
            self.root = root
            self.steps = steps
            target = steps.count == path.names.count && obstacle == nil ? steps.last?.inode ?? root : nil
            self.content = content
            self.detours = detours
            self.obstacle = obstacle
            self.demandsDirectory = demandsDirectory
        }

        func isEqual(to other: Walk) -> Bool {
            self === other
                || path == other.path && root == other.root && steps == other.steps
                    && content == other.content && detours == other.detours && obstacle == other.obstacle
                    && demandsDirectory == other.demandsDirectory
        }
    }
}
