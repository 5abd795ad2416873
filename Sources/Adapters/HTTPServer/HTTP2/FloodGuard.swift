package import Domain

/// Counts what costs a client little and the server work, and says when it was too much. A pure machine, one
/// a connection.
package struct FloodGuard {
    /// What there was too much of. The text is for logs.
    package enum Flood: String, Equatable, Sendable {
        case resets = "streams were reset too often"
        case idleFrames = "too many frames without content"
        case windowUpdates = "too many window updates"
    }

    private let updatesPerDataFrame: Int
    private var resets: TokenBucket
    private var idleFrames: TokenBucket
    private var windowUpdates: TokenBucket
    /// The first flood that was seen.
    package private(set) var flood: Flood?

    package init(_ limits: HTTP2Limits, at now: MonotonicInstant) {
        updatesPerDataFrame = limits.windowUpdatesPerDataFrame
        resets = TokenBucket(capacity: limits.resetsMax, perSecond: limits.resetsPerSecond, at: now)
        idleFrames = TokenBucket(
            capacity: limits.idleFramesMax, perSecond: limits.idleFramesPerSecond, at: now)
        windowUpdates = TokenBucket(
            capacity: limits.windowUpdatesMax, perSecond: limits.windowUpdatesPerSecond, at: now)
    }

    /// A stream was reset by the client, or by the server because of what the client did.
    package mutating func sawReset(at now: MonotonicInstant) { note(.resets, resets.take(at: now)) }

    /// A frame came that carries nothing of a request.
    package mutating func sawIdleFrame(at now: MonotonicInstant) {
        note(.idleFrames, idleFrames.take(at: now))
    }

    package mutating func sawWindowUpdate(at now: MonotonicInstant) {
        note(.windowUpdates, windowUpdates.take(at: now))
    }

    /// A frame with content left, which the client will make room for again.
    package mutating func sentData() { windowUpdates.give(updatesPerDataFrame) }

    private mutating func note(_ kind: Flood, _ isFine: Bool) {
        if !isFine, flood == nil { flood = kind }
    }
}
