/// Lets somebody read a file.
package enum ReadFile {
    package struct Plan: Sendable, Equatable {
        package let inode: Inode
        /// Nil for an empty file, or when it was not asked for.
        package let content: Content?
    }

    /// Needs search on the way and read on the file; then the conditions count, so that nobody learns from a
    /// tag what they may not read. A path that was written as a directory's is refused before its right is
    /// looked at, as open(2) has it.
    package static func plan(
        _ resolution: Resolution, asDirectory: Bool = false, by principal: Principal,
        conditions: Conditions = Conditions()
    ) throws(Refusal) -> Plan {
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        let file = try resolution.requireTarget(asDirectory: asDirectory)
        try AccessPolicy.require(.read, on: file, at: resolution.path, by: principal)
        try file.requireFile(at: resolution.path)
        try conditions.require(on: file, isRead: true)
        return Plan(inode: file, content: resolution.content)
    }
}
