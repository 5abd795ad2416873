import Domain
import Services

extension FileState {
    /// Where a client finds it, relative to the server: percent-encoded, a directory with a trailing slash.
    var url: String {
        let slash = inode.kind == .directory && path != .root ? "/" : ""
        return Route.filesPrefix + PercentEncoding.encode(path: path) + slash
    }
}
