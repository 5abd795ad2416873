import SimWorld

/// A story: a sentence, what its cluster is like, and what is made to happen in it. A cluster that is not
/// told otherwise has three nodes and two clients, and nothing goes wrong by itself.
package struct Tale: Sendable {
    package let sentence: String
    private let choose: @Sendable (inout WorldOptions) -> Void
    private let tell: @Sendable (World) async -> Void

    init(
        _ sentence: String, _ choose: @escaping @Sendable (inout WorldOptions) -> Void = { _ in },
        _ tell: @escaping @Sendable (World) async -> Void
    ) {
        (self.sentence, self.choose, self.tell) = (sentence, choose, tell)
    }

    /// A sentence for each thing that did not go as told, or broke a promise.
    package func perform() -> [String] { Story.tell(choose, tell) }
}

extension Tale: CustomStringConvertible {
    package var description: String { sentence }
}

/// All of them: what must go well in a certain situation, which chance may seldom make.
package enum Stories {
    package static let all: [Tale] =
        BucketStories.all
        + CommitStories.all
        + ContentStories.all
        + DoubtStories.all
        + DurabilityStories.all
        + IdentityStories.all
        + LinkStories.all
        + PeerStories.all
        + RaceStories.all
        + RightsStories.all
        + TroubleStories.all
}
