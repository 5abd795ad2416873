/// A link that serves its bytes to one claimant. All times are the metadata store's, and each change of state
/// is a commit, so of any number of claimants on any number of nodes one wins.
///
/// It is for one file at one path: both must be what they were when somebody claims it. The path alone would
/// let whoever may replace its entries hand out any other file that the issuer may read; the file alone would
/// leave open which directories must let the issuer through.
package struct DownloadLink: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Nobody has it. It is for this file and no other.
        case issued(for: InodeID)
        /// Somebody has it. The file stays as it was claimed until `until`, whatever happens to it.
        case claimed(ClaimKey, PinnedFile, until: WallTime)
        /// The claimant has had its time.
        case over(since: WallTime)
    }

    package let path: FilePath
    /// The name of the user on whose permission the link rests.
    package let issuer: String
    package let expiresAt: WallTime
    package private(set) var state: State

    /// One that nobody has claimed, for `file`, which `path` leads to.
    package init(path: FilePath, file: InodeID, issuer: String, expiresAt: WallTime) {
        self.init(path: path, issuer: issuer, expiresAt: expiresAt, state: .issued(for: file))
    }

    package init(path: FilePath, issuer: String, expiresAt: WallTime, state: State) {
        self.path = path
        self.issuer = issuer
        self.expiresAt = expiresAt
        self.state = state
    }

    /// Whether somebody may claim it: nobody has, and it has not expired.
    package func isOpen(at time: WallTime) -> Bool {
        guard case .issued = state else { return false }
        return time < expiresAt
    }

    /// Whether somebody may claim it and get this file.
    package func isOpen(at time: WallTime, for file: InodeID) -> Bool {
        isIssued(for: file) && time < expiresAt
    }

    /// Whether nobody has claimed it, and this file is the one that it was made for.
    package func isIssued(for file: InodeID) -> Bool { state == .issued(for: file) }

    /// A first request claims the link for itself, with the file that the path leads to now. False, and
    /// nothing changes, when the link is not open, or for another file. A transfer that began in time may end
    /// later.
    package mutating func claim(_ claim: ClaimKey, pinning file: PinnedFile, at time: WallTime) -> Bool {
        guard isOpen(at: time, for: file.inode) else { return false }
        state = .claimed(claim, file, until: time + Limits.linkResumeWindow)
        return true
    }

    /// A request that shows a claim continues it, within the window, with the same bytes. Nil when there is
    /// nothing to continue.
    package func resume(_ claim: ClaimKey, at time: WallTime) -> PinnedFile? {
        switch state {
        case .claimed(claim, let file, let until) where time < until: file
        case .issued, .claimed, .over: nil
        }
    }

    /// All bytes of a claim were sent, which is not to say that they arrived: the last of them may still be
    /// in the kernel's buffers when the transfer breaks. So the claim goes on for a short while, but never
    /// for longer than it would have. False, and nothing changes, for a claim that is not the one that
    /// holds.
    package mutating func finish(_ claim: ClaimKey, at time: WallTime) -> Bool {
        switch state {
        case .claimed(claim, let file, let until) where time + Limits.linkFinishGrace < until:
            state = .claimed(claim, file, until: time + Limits.linkFinishGrace)
            return true
        case .issued, .claimed, .over:
            return false
        }
    }

    /// Ends a claim whose window is over. False, and nothing changes, when there is none.
    package mutating func retire(at time: WallTime) -> Bool {
        switch state {
        case .claimed(_, _, let until) where time >= until:
            state = .over(since: until)
            return true
        case .issued, .claimed, .over:
            return false
        }
    }

    /// The content that must not go before the link does, or its claim.
    package var pinnedContent: ContentID? {
        guard case .claimed(_, let file, _) = state else { return nil }
        return file.content
    }

    /// When the state that it is in comes to its end: the expiry, the end of the window, or, of one that is
    /// over, since when.
    package var endsAt: WallTime {
        switch state {
        case .issued: expiresAt
        case .claimed(_, _, let until): until
        case .over(let since): since
        }
    }

    /// True when it has been used or expired for so long that nobody is told so any more, and its row may go.
    package func isForgotten(at time: WallTime) -> Bool {
        switch state {
        case .issued, .over: time >= endsAt + Limits.linkMemory
        case .claimed: false
        }
    }
}
