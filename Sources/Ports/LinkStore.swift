package import Domain

/// The single-use links of a deployment, kept by the metadata store: links are made, claimed and finished by
/// `MetadataStore.commit`, in the same order as everything else, and looked up here.
package protocol LinkStore: Sendable {
    /// The link and, while it is claimed, the content that the claim pins with its inline bytes, in one
    /// snapshot. Nil when there is none, or none any more.
    func link(_ key: LinkKey) async throws(MetadataError) -> FoundLink?

    /// Ends up to `limit` claims whose window is over, making what they pinned a candidate, and removes links
    /// that were over, or had expired, `Limits.linkMemory` ago. Returns how many of both; 0 when there are
    /// none. One bounded transaction, safe to repeat.
    func retireLinks(limit: Int) async throws(MetadataError) -> Int
}

/// A link as it is at one time.
package struct FoundLink: Sendable, Equatable {
    package let link: DownloadLink
    /// What a claim pins; nil for an empty file, and for a link that is not claimed.
    package let content: Content?
    package let time: WallTime

    package init(link: DownloadLink, content: Content?, time: WallTime) {
        self.link = link
        self.content = content
        self.time = time
    }
}
