extension Changeset {
    /// Nothing but an answer that is kept.
    package static func recording(
        _ claim: IdempotencyClaim, _ answer: RecordedAnswer, id: ChangesetID, deadline: WallTime?
    ) -> Changeset {
        Changeset(
            id: id, preconditions: [.keyUnused(claim.key)], mutations: [.recordAnswer(claim, answer)],
            deadline: deadline)
    }
}
