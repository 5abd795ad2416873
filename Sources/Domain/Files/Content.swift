/// An immutable content and where its bytes are.
package struct Content: Sendable, Equatable {
    package let id: ContentID
    package let size: UInt64
    /// What is known of the bytes.
    package let digests: Digests
    /// At least one while the content is live.
    package let locations: [ContentLocation]
    /// The bytes themselves, when they are kept in the metadata store and were asked for.
    package var inlineBytes: [UInt8]?

    package init(
        id: ContentID, size: UInt64, digests: Digests, locations: [ContentLocation],
        inlineBytes: [UInt8]? = nil
    ) {
        self.id = id
        self.size = size
        self.digests = digests
        self.locations = locations
        self.inlineBytes = inlineBytes
    }
}

/// One stored copy of a content.
package struct ContentLocation: Sendable, Hashable {
    package let id: LocationID
    /// The store that holds the bytes; for an inline one, the store they are reported as belonging to.
    package let store: StoreID
    /// True when the bytes are in the metadata store's own row.
    package let isInline: Bool

    package init(id: LocationID, store: StoreID, isInline: Bool) {
        self.id = id
        self.store = store
        self.isInline = isInline
    }
}

/// A content that is about to be published by a commit.
package struct NewContent: Sendable, Equatable {
    package let id: ContentID
    package let size: UInt64
    package let digests: Digests
    package let location: ContentLocation
    /// The bytes, exactly when `location.isInline`.
    package let inlineBytes: [UInt8]?

    package init(
        id: ContentID, size: UInt64, digests: Digests, location: ContentLocation, inlineBytes: [UInt8]?
    ) {
        precondition(location.isInline == (inlineBytes != nil))
        precondition(inlineBytes.map { UInt64($0.count) == size } ?? true)
        self.id = id
        self.size = size
        self.digests = digests
        self.location = location
        self.inlineBytes = inlineBytes
    }
}
