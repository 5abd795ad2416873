/// Why a node does not do what another one asks.
package enum PeerRefusal: Error, Sendable, Equatable, CaseIterable {
    /// Nothing says who asks, or not in this way.
    case malformed
    /// The signature is not of a key of this deployment, or of something else.
    case forged
    /// It is meant for another node or another deployment.
    case misdirected
    /// It was sent too long ago, or before this node started.
    case old
    /// It says that it will be sent.
    case early
    /// Nobody waits for the answer any more.
    case late
    /// It came before.
    case repeated
    /// Too many to remember which came before. Nothing is wrong with this one; another attempt may succeed.
    case crowded
}

/// Lets each genuine request of a peer in once, and only for a while after it was sent.
///
/// A nonce is remembered for as long as its request could be let in again; what came before this node started
/// is not remembered, and is therefore refused. Time is the metadata store's, as this node knows it.
package struct PeerAdmission: Sendable {
    private let instance: InstanceID
    private let deployment: DeploymentID
    private let startedAt: WallTime
    private let noncesMax: Int
    /// Those of the time before the last turn, and those since.
    private var earlier: Set<Identifier> = []
    private var current: Set<Identifier> = []
    private var turnedAt: WallTime

    package init(
        instance: InstanceID, deployment: DeploymentID, startedAt: WallTime,
        noncesMax: Int = Limits.peerNoncesMax
    ) {
        self.instance = instance
        self.deployment = deployment
        self.startedAt = startedAt
        self.noncesMax = noncesMax
        turnedAt = startedAt
    }

    /// Decides on a request whose signature was found genuine.
    package mutating func admit(_ request: PeerRequest, at now: WallTime) throws(PeerRefusal) {
        guard request.receiver == instance, request.deployment == deployment else { throw .misdirected }
        guard request.sentAt >= startedAt, request.sentAt + Limits.peerClockSkewMax >= now else { throw .old }
        guard request.sentAt <= now + Limits.peerClockSkewMax else { throw .early }
        guard request.deadline >= now else { throw .late }
        turn(at: now)
        guard !current.contains(request.nonce), !earlier.contains(request.nonce) else { throw .repeated }
        guard current.count + earlier.count < noncesMax else { throw .crowded }
        current.insert(request.nonce)
    }

    /// Forgets what is too old to be let in again: a request may be ahead by the skew and stays good for
    /// another one, so each nonce is kept for at least two.
    private mutating func turn(at now: WallTime) {
        let period = Limits.peerClockSkewMax + Limits.peerClockSkewMax
        guard now > turnedAt + period else { return }
        earlier = now > turnedAt + period + period ? [] : current
        current = []
        turnedAt = now
    }
}
