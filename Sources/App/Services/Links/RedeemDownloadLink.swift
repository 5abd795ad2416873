package import Domain
import Ports

/// What a link leads to, for one who has shown its token: the file as it is now while nobody has claimed the
/// link, and the file as it was claimed for the one who did.
package struct LinkedFile: Sendable {
    package let path: FilePath
    package let file: PinnedFile
    /// Nil for an empty file.
    package let content: Content?
    fileprivate let standing: Standing

    fileprivate enum Standing: Sendable {
        case open(LinkKey, DownloadLink, Resolution, issuer: Principal)
        case claimed(LinkEndings.Ending)
    }

    /// Whether the one who asks has the claim already.
    package var isClaimed: Bool {
        switch standing {
        case .open: false
        case .claimed: true
        }
    }
}

/// A claim as its holder has it.
package struct LinkClaim: Sendable {
    /// What the holder shows to go on; nil for one that it showed already.
    package let secret: ClaimSecret?
    fileprivate let ending: LinkEndings.Ending
}

extension Node {
    /// Looks a link up and changes nothing. `issuer` finds a principal as it is configured now.
    ///
    /// Whatever keeps the issuer from reading the file now is `linkGone` to whoever asks, and so is another
    /// file in its place: what the issuer's tree looks like is none of their business. The link is not used
    /// up by that.
    package func openLink(
        _ token: LinkToken, claim secret: ClaimSecret?, signedBy signer: LinkSigner,
        issuer: (String) -> Principal?
    ) async throws(Failure) -> LinkedFile {
        let key = linkKey(ofID: token.id)
        let found: FoundLink?
        do { found = try await dependencies.links.link(key) } catch { throw Failure(error) }
        guard let found, signer.isGenuine(token, for: found.link) else { throw .linkNotFound }
        switch found.link.state {
        case .issued:
            guard found.link.isOpen(at: found.time), let principal = issuer(found.link.issuer) else {
                throw .linkGone
            }
            return try await openFile(of: found.link, key, for: principal)
        case .claimed:
            guard let claim = secret.map(claimKey(of:)), let file = found.link.resume(claim, at: found.time)
            else { throw .linkGone }
            let ending = LinkEndings.Ending(link: key, claim: claim)
            try Self.requireWhole(found.content, of: file)
            return LinkedFile(
                path: found.link.path, file: file, content: found.content, standing: .claimed(ending))
        case .over:
            throw .linkGone
        }
    }

    private func openFile(
        of link: DownloadLink, _ key: LinkKey, for issuer: Principal
    ) async throws(Failure) -> LinkedFile {
        let resolution = try await resolve(link.path, content: .inlineBytes, following: .all)
        let file: PinnedFile
        do { file = PinnedFile(try RedeemLink.file(of: link, on: resolution, for: issuer)) } catch {
            throw .linkGone
        }
        try Self.requireWhole(resolution.content, of: file)
        return LinkedFile(
            path: link.path, file: file, content: resolution.content,
            standing: .open(key, link, resolution, issuer: issuer))
    }

    private static func requireWhole(_ content: Content?, of file: PinnedFile) throws(Failure) {
        guard content?.id == file.content, content?.size ?? 0 == file.size else { throw .corrupt }
        guard let bytes = content?.inlineBytes else { return }
        guard UInt64(bytes.count) == file.size else { throw .corrupt }
    }

    /// Claims the link that was looked up, or goes on with the claim that was shown. Nil when the file, or
    /// the way to it, has changed since: look again. To be called when the bytes are open, so that a store
    /// that does not answer uses nothing up.
    package func claim(_ linked: LinkedFile) async throws(Failure) -> LinkClaim? {
        switch linked.standing {
        case .claimed(let ending):
            return LinkClaim(secret: nil, ending: ending)
        case .open(let key, let link, let resolution, let issuer):
            let secret = ClaimSecret(random128Bits())
            let claim = claimKey(of: secret)
            var identifiers = FreshIdentifiers(dependencies)
            let redemption: RedeemLink.Redemption
            do {
                redemption = try RedeemLink.plan(
                    key, of: link, claim: claim, on: resolution, for: issuer,
                    deadline: deadline(after: resolution), ids: &identifiers)
            } catch {
                throw .linkGone
            }
            switch try await outcome(of: redemption.changeset) {
            case .committed:
                return LinkClaim(
                    secret: secret, ending: LinkEndings.Ending(link: key, claim: claim))
            case .refused(.broken(.linkIsOpen)): throw .linkGone
            case .refused(.deadlinePassed): throw .deadlineExceeded
            case .refused(.broken), .refused(.identifierTaken), .refused(.aborted),
                .refused(.locationClaimed), .refused(.treeTooLarge):
                return nil
            }
        }
    }

    /// The last byte of a claim has left: what is left of its time is short, from soon after.
    package func finish(_ claim: LinkClaim) {
        if !linkEndings.note(claim.ending) {
            dependencies.log.log(.warn, "too many transfers of links end at once; one ends by its window", [])
        }
    }

    /// Shortens the claims whose transfers have ended, and clears away those that are over. One bounded step;
    /// false when there was nothing to do.
    package func tendLinks() async throws(Failure) -> Bool {
        let endings = linkEndings.next(Limits.maintenanceBatch)
        if !endings.isEmpty {
            var identifiers = FreshIdentifiers(dependencies)
            let changeset = Changeset(
                id: ChangesetID(identifiers.next()),
                mutations: endings.map { .finishLink($0.link, $0.claim) })
            guard case .committed = try await outcome(of: changeset) else { throw .contended }
            linkEndings.drop(endings)
        }
        let retired: Int
        do { retired = try await dependencies.links.retireLinks(limit: Limits.maintenanceBatch) } catch {
            throw Failure(error)
        }
        return !endings.isEmpty || retired > 0
    }
}
