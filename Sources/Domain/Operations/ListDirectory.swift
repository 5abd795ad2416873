/// Lets somebody list a directory with what its entries are like.
package enum ListDirectory {
    /// Needs search on the way; on the directory itself read, for the names, and search, for what they lead
    /// to.
    package static func check(
        _ resolution: Resolution, by principal: Principal
    ) throws(Refusal) -> Inode {
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        let directory = try resolution.requireTarget()
        guard directory.kind == .directory else { throw .notADirectory(resolution.path) }
        try AccessPolicy.require(.read, on: directory, at: resolution.path, by: principal)
        try AccessPolicy.require(.search, on: directory, at: resolution.path, by: principal)
        return directory
    }
}
