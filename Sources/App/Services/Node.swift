package import Domain
import Ports

/// One node of CallFS, as a value built from ports: the same code in production and in the simulator. Its use
/// cases are methods, one file each; `run` does the background work.
package struct Node: Sendable {
    /// Shared by all copies, so that handing a node on costs one count and not one for each port.
    private let shared: Shared

    package init(_ dependencies: Dependencies) {
        Limits.verify()
        shared = Shared(dependencies)
    }

    package var dependencies: Dependencies { shared.dependencies }

    private final class Shared: Sendable {
        let dependencies: Dependencies
        let linkEndings = LinkEndings()

        init(_ dependencies: Dependencies) { self.dependencies = dependencies }
    }

    var linkEndings: LinkEndings { shared.linkEndings }

    package var instance: InstanceID { dependencies.instance }
    package var contents: ContentStores { dependencies.contents }
}

/// What a request found or made, for its answer.
package struct FileState: Sendable, Equatable {
    package let path: FilePath
    package let inode: Inode
    /// Where the content is kept; nil for what has none.
    package let location: ContentLocation?

    package init(path: FilePath, inode: Inode, location: ContentLocation?) {
        self.path = path
        self.inode = inode
        self.location = location
    }

    package var tag: EntityTag { EntityTag(of: inode) }
}
