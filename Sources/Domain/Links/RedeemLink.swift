/// Claims a link for one claimant, on the permission that its issuer has now.
package enum RedeemLink {
    /// A claim to commit, and the file that it is served from.
    package struct Redemption: Sendable, Equatable {
        package let changeset: Changeset
        package let file: PinnedFile
    }

    /// The claim rests on the link being open, on what reading the file needs of its issuer, and on the file
    /// being the very one that was resolved: its bytes have been opened already.
    package static func plan(
        _ key: LinkKey, claim: ClaimKey, on resolution: Resolution, for issuer: Principal,
        deadline: WallTime, ids: inout some IdentifierSource
    ) throws(Refusal) -> Redemption {
        let file = try ReadFile.plan(resolution, by: issuer).inode
        var guards = Guards()
        guards.add(.linkIsOpen(key))
        guards.addChain(of: resolution)
        guards.addTarget(file, conditions: Conditions())
        guards.add(.unchanged(file.id, version: file.changeVersion))
        let pinned = PinnedFile(file)
        return Redemption(
            changeset: Changeset(
                id: ChangesetID(ids.next()), preconditions: guards.preconditions,
                mutations: [.claimLink(key, claim, pinned)], deadline: deadline),
            file: pinned)
    }
}
