package import Domain

/// Keeps immutable contents by the id of their location. Knows nothing of paths, owners or permissions.
///
/// Every call returns promptly after cancellation.
package protocol ContentStore: Sendable {
    /// The store's identity, as its marker says.
    var id: StoreID { get }

    /// Streams `body` into a new object. When it returns, the bytes and their name are on stable storage.
    /// When it throws, nothing that could be read under this id remains; traces that the sweep takes may.
    ///
    /// `length`, when known, must be what the body delivers. `observe` is called with each piece in order,
    /// for digests. An id is written once; a second write of the same id is a `refused` error, and the first
    /// object stays.
    func write(
        _ id: LocationID, length: UInt64?, body: any ByteStream,
        observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) async throws(ContentError) -> StoredContent

    /// The bytes of `range` of an object that has `size` bytes. Throws `corrupt` when the object has another
    /// size. The stream fails rather than end early.
    func read(
        _ id: LocationID, size: UInt64, range: Range<UInt64>
    ) async throws(ContentError) -> any ByteStream

    /// Deletes an object. What is not there counts as deleted. Durable when it returns or at the next sync; a
    /// deletion that is lost is found again by the sweep.
    func delete(_ id: LocationID) async throws(ContentError)

    /// The size of an object; nil when it is not there.
    func size(of id: LocationID) async throws(ContentError) -> UInt64?

    /// Up to `limit` objects after `id`, in an order of the store's own that never changes; fewer only at the
    /// end. Pages that follow each other hold every object that was there throughout exactly once. What was
    /// deleted or is being written meanwhile may be in or not.
    func list(after id: LocationID?, limit: Int) async throws(ContentError) -> [StoredObject]

    /// Whether the store works, and how much room it has.
    func probe() async -> StoreHealth
}

/// What was stored.
package struct StoredContent: Sendable, Equatable {
    package let size: UInt64

    package init(size: UInt64) { self.size = size }
}

package struct StoredObject: Sendable, Equatable {
    package let id: LocationID
    package let size: UInt64

    package init(id: LocationID, size: UInt64) {
        self.id = id
        self.size = size
    }
}

package struct StoreHealth: Sendable, Equatable {
    package let isAvailable: Bool
    /// A sentence for the operator when it is not.
    package let problem: String?
    /// Nil when there is no bound or it is unknown.
    package let freeBytes: UInt64?
    package let totalBytes: UInt64?

    package init(
        isAvailable: Bool, problem: String? = nil, freeBytes: UInt64? = nil, totalBytes: UInt64? = nil
    ) {
        self.isAvailable = isAvailable
        self.problem = problem
        self.freeBytes = freeBytes
        self.totalBytes = totalBytes
    }
}

/// Why a content store did not do what it was asked.
package enum ContentError: Error, Equatable, Sendable {
    /// There is no such object.
    case notFound
    /// No room or no quota. Nothing was stored.
    case full
    /// Try again, not before this long.
    case throttled(retryAfter: Duration)
    /// Not reachable; another attempt may succeed.
    case unavailable
    /// The stored bytes are not what was stored.
    case corrupt
    /// Will not work however often it is tried; the sentence is for logs.
    case refused(String)
    /// The body that was to be stored failed; nothing is wrong with the store.
    case body(ByteStreamError)
    case cancelled
}
