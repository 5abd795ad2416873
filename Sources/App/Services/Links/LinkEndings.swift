import Domain
private import Synchronization

/// Transfers whose last byte has left, which is still to be told to the store.
final class LinkEndings: Sendable {
    struct Ending: Hashable {
        let link: LinkKey
        let claim: ClaimKey
    }

    private let waiting = Mutex<Set<Ending>>([])

    /// False when too many wait already.
    func note(_ ending: Ending) -> Bool {
        waiting.withLock { waiting in
            guard waiting.count < Limits.linkEndingsMax else { return false }
            waiting.insert(ending)
            return true
        }
    }

    /// Up to `limit` of them, which stay until they are dropped.
    func next(_ limit: Int) -> [Ending] {
        waiting.withLock { waiting in
            waiting.sorted { ($0.link, $0.claim) < ($1.link, $1.claim) }.prefix(limit).map { $0 }
        }
    }

    func drop(_ endings: [Ending]) { waiting.withLock { $0.subtract(endings) } }
}
