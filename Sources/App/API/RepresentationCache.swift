import Domain
import Ports
import Services
private import Synchronization

/// Remembers the header fields of files that were asked for lately. They follow from the inode alone, so an
/// entry is right for as long as the inode has that change version, and nothing has to be invalidated.
final class RepresentationCache: Sendable {
    /// About a kilobyte each.
    static let entriesMax = 8_192

    private struct Key: Hashable {
        let inode: InodeID
        let changeVersion: UInt64
        let location: LocationID?
        let hasDigest: Bool
    }

    private let blocks = Mutex<[Key: HTTPFieldBlock]>([:])

    /// The block of a file's state, with or without the digest that its content always has, made by `make`
    /// when it is not known.
    func block(for state: FileState, hasDigest: Bool, make: () -> HTTPFields) -> HTTPFieldBlock {
        let key = Key(
            inode: state.inode.id, changeVersion: state.inode.changeVersion, location: state.location?.id,
            hasDigest: hasDigest)
        if let known = blocks.withLock({ $0[key] }) { return known }
        let made = HTTPFieldBlock(make())
        blocks.withLock { blocks in
            // All at once: what is in use comes back with the next request.
            if blocks.count >= Self.entriesMax { blocks.removeAll(keepingCapacity: true) }
            blocks[key] = made
        }
        return made
    }
}
