/// One attempt to fetch what a link leads to; whoever knows it may resume the transfer.
package struct ClaimID: TypedIdentifier {
    package let value: Identifier
    package init(_ value: Identifier) { self.value = value }
}

/// A link that serves its bytes to one claimant. All times are the metadata store's, and each change of state
/// is a commit, so of any number of claimants on any number of nodes one wins.
package struct DownloadLink: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case issued
        /// Somebody has it. The content stays as it was claimed until `until`, whatever happens to the file.
        case claimed(ClaimID, content: ContentID?, until: WallTime)
        /// All bytes were sent.
        case consumed
    }

    package enum Redemption: Sendable, Equatable {
        /// Send the bytes: the claim is made, or goes on.
        case serve(ContentID?)
        /// Used or expired: nothing will ever come of it again.
        case gone
    }

    package let path: FilePath
    /// On whose permission the link rests.
    package let issuer: UserID
    package let expiresAt: WallTime
    package private(set) var state: State

    package init(path: FilePath, issuer: UserID, expiresAt: WallTime, state: State = .issued) {
        self.path = path
        self.issuer = issuer
        self.expiresAt = expiresAt
        self.state = state
    }

    /// A first request claims the link for itself, with the content that the path leads to now. The link must
    /// not have expired; a transfer that began in time may end later.
    package mutating func claim(
        _ claim: ClaimID, pinning content: ContentID?, at time: WallTime
    ) -> Redemption {
        switch state {
        case .issued:
            guard time < expiresAt else { return .gone }
            state = .claimed(claim, content: content, until: time + Limits.linkResumeWindow)
            return .serve(content)
        case .claimed, .consumed:
            return .gone
        }
    }

    /// A request that shows a claim continues it, within the window, with the same bytes.
    package func resume(_ claim: ClaimID, at time: WallTime) -> Redemption {
        switch state {
        case .claimed(claim, let content, let until) where time < until: .serve(content)
        case .issued, .claimed, .consumed: .gone
        }
    }

    /// All bytes of a claim were sent. Of no effect for a claim that is not the one that holds.
    package mutating func finish(_ claim: ClaimID) {
        switch state {
        case .claimed(claim, _, _): state = .consumed
        case .issued, .claimed, .consumed: break
        }
    }

    /// True when nobody can get anything by it any more, so that its row, and what it pins, may go.
    package func isOver(at time: WallTime) -> Bool {
        switch state {
        case .issued: time >= expiresAt
        case .claimed(_, _, let until): time >= until
        case .consumed: true
        }
    }
}
