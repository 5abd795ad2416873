/// Lets somebody see what an inode is like, as stat(2) does.
package enum Stat {
    /// Needs search on the way and no right on the target.
    package static func plan(
        _ resolution: Resolution, asDirectory: Bool = false, by principal: Principal,
        conditions: Conditions = Conditions()
    ) throws(Refusal) -> Inode {
        try AccessPolicy.requireSearch(on: resolution, by: principal)
        let target = try resolution.requireTarget(asDirectory: asDirectory)
        try conditions.require(on: target, isRead: true)
        return target
    }
}
