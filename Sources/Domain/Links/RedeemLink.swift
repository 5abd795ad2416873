/// Claims a link for one claimant, on the permission that its issuer has now.
package enum RedeemLink {
    /// A claim to commit, and the file that it is served from.
    package struct Redemption: Sendable, Equatable {
        package let changeset: Changeset
        package let file: PinnedFile
    }

    /// What `link` gives now: the file that it was made for, when its path still leads there and its issuer
    /// may read it. Another file at the path is refused as if there were none.
    package static func file(
        of link: DownloadLink, on resolution: Resolution, for issuer: Principal
    ) throws(Refusal) -> Inode {
        let file = try ReadFile.plan(resolution, by: issuer).inode
        guard link.isIssued(for: file.id) else { throw .notFound(resolution.path) }
        return file
    }

    /// The claim rests on the link being open, on its path leading to the file that it was made for, on what
    /// reading the file needs of its issuer, and on the file being as it was resolved: its bytes have been
    /// opened already.
    package static func plan(
        _ key: LinkKey, of link: DownloadLink, claim: ClaimKey, on resolution: Resolution,
        for issuer: Principal, deadline: WallTime, ids: inout some IdentifierSource
    ) throws(Refusal) -> Redemption {
        let file = try file(of: link, on: resolution, for: issuer)
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
