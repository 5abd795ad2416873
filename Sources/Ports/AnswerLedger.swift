package import Domain

/// The answers that are kept under idempotency keys. They are recorded by `MetadataStore.commit`, together
/// with what they tell of; here they are looked up and forgotten.
package protocol AnswerLedger: Sendable {
    /// What was answered under this key, nil when nothing was or it is over, and how many answers are kept of
    /// its principal. Linearizable with commits.
    func answer(to key: IdempotencyKey) async throws(MetadataError) -> AnswerLookup

    /// Drops up to `limit` answers that are over. Returns how many; safe to repeat.
    func forgetAnswers(limit: Int) async throws(MetadataError) -> Int
}

package struct AnswerLookup: Sendable, Equatable {
    package let answered: AnsweredRequest?
    /// Those that are over and not forgotten yet included.
    package let keptOfPrincipal: Int

    package init(answered: AnsweredRequest?, keptOfPrincipal: Int) {
        self.answered = answered
        self.keptOfPrincipal = keptOfPrincipal
    }
}
