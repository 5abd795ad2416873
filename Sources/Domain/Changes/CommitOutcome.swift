/// What became of a changeset.
package enum CommitOutcome: Sendable, Equatable {
    /// It happened, durably, at `time`: the store's time, later than any commit before it.
    case committed(at: WallTime)
    /// Nothing changed, because of this.
    case refused(CommitRefusal)
}

package enum CommitRefusal: Sendable, Equatable {
    /// The first precondition that did not hold.
    case broken(Precondition)
    /// The deadline had passed.
    case deadlinePassed
    /// The sweep had claimed the location that the changeset publishes; the content must be stored again.
    case locationClaimed
    /// A tree was too large to be checked in one transaction.
    case treeTooLarge(InodeID)
    /// The identifier of a new inode or content is taken; plan again with fresh ones.
    case identifierTaken
    /// The changeset of this id had been decided before: it was resolved as aborted.
    case aborted
}
