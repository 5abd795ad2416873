internal import Glibc

/// A file that holds nothing but room beside the database, given up when the disk is full.
///
/// On a full disk the log can neither grow nor be copied into the database, which has to grow for it, so not
/// even a deletion could be committed. With the room of this file the log is copied, and what is committed
/// next finds its place in the log's own file. Until the reserve was taken again, changes that add are
/// refused.
final class SpaceReserve {
    static let name = "callfs.reserve"

    private let path: String
    private let byteCount: Int
    private(set) var isHeld = false

    /// Takes the room, of a size that suits the disk; works without it when there is none.
    init(directory: String) {
        path = directory + "/" + Self.name
        var status = statvfs()
        let isKnown = statvfs(directory, &status) == 0
        let total = isKnown ? Int(clamping: UInt64(status.f_blocks) * UInt64(status.f_frsize)) : .max
        byteCount = min(SQLiteLimits.reserveBytesMax, total / SQLiteLimits.reserveShare)
        take()
    }

    /// Frames that the log may have before it is copied: no more than the reserve has room for, but for pages
    /// that are rewritten, which take none.
    var logFramesMax: Int {
        let fitting = byteCount / SQLiteLimits.pageBytes * 2 / 3
        return min(SQLiteLimits.logFramesMax, max(SQLiteLimits.logFramesMin, fitting))
    }

    /// Takes the room if there is enough. Returns whether it is held.
    @discardableResult
    func take() -> Bool {
        if isHeld { return true }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { return false }
        defer { close(file) }
        isHeld = posix_fallocate(file, 0, off_t(byteCount)) == 0
        // What was taken of a room that is too small would only be missing elsewhere.
        if !isHeld { unlink(path) }
        return isHeld
    }

    /// Gives the room to whoever writes next.
    func release() {
        isHeld = false
        unlink(path)
    }
}
