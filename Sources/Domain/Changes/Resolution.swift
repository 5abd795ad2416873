/// A path as far as it exists, in one snapshot of the metadata: what every plan decides on.
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

    package let path: FilePath
    package let root: Inode
    /// What was found below the root, in order. All but the last are directories, or the walk ended there.
    package let steps: [Step]
    /// The content of the target, when it is a file that has one and it was asked for.
    package let content: Content?
    /// The time of the store when the snapshot was taken.
    package let time: WallTime

    package init(path: FilePath, root: Inode, steps: [Step], content: Content?, time: WallTime) {
        precondition(steps.count <= path.names.count)
        self.path = path
        self.root = root
        self.steps = steps
        self.content = content
        self.time = time
    }

    /// What the whole path leads to; nil when it does not exist.
    package var target: Inode? {
        steps.count == path.names.count ? (steps.last?.inode ?? root) : nil
    }

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

    /// The same, known to hold still at a later time of the store.
    package func seen(at time: WallTime) -> Resolution {
        Resolution(path: path, root: root, steps: steps, content: content, time: time)
    }

    /// The resolution of an entry found in the target directory within the same snapshot's reach.
    package func appending(_ entry: Entry, time: WallTime) -> Resolution {
        precondition(target?.kind == .directory)
        return Resolution(
            path: path.appending(entry.name), root: root,
            steps: steps + [Step(name: entry.name, inode: entry.inode)],
            content: nil, time: time)
    }
}
