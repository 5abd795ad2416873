import Domain
import Ports

/// A way to a store.
struct ReachedStore {
    let store: any ContentStore
    /// The node on whose disk it is, and as which process that was found; nil for what this node reaches by
    /// itself.
    let owner: (instance: InstanceID, incarnation: Identifier)?
}

extension Node {
    /// Does something with a store, wherever it is. A node that said that it restarts is waited for; what it
    /// was asked before it ended is asked again where `isRepeatable` says that nothing of it can have
    /// happened, or that it does no harm.
    func use<Answer>(
        _ id: StoreID, isRepeatable: () -> Bool = { true },
        _ work: (any ContentStore) async throws(ContentError) -> Answer
    ) async throws(Failure) -> Answer {
        let deadline = dependencies.time.monotonicNow() + dependencies.settings.peerWaitMax
        while true {
            let reached = try await reach(id, until: deadline)
            do { return try await work(reached.store) } catch {
                guard let owner = reached.owner, error == .unavailable else { throw Failure(error) }
                guard isRepeatable(), await isAnother(owner.instance, than: owner.incarnation),
                    dependencies.time.monotonicNow() < deadline
                else { throw .instanceUnavailable(owner.instance) }
            }
        }
    }

    /// The way to a store: this node's own, or through the node that has it.
    func reach(_ id: StoreID, until deadline: MonotonicInstant) async throws(Failure) -> ReachedStore {
        if let store = contents.store(id) { return ReachedStore(store: store, owner: nil) }
        guard let cluster = dependencies.cluster else {
            guard let owner = contents.registration(of: id)?.instance else { throw .backendUnavailable }
            throw .instanceUnavailable(owner)
        }
        if contents.registration(of: id) == nil { await cluster.membership.lookAround() }
        guard let owner = contents.registration(of: id)?.instance else { throw .backendUnavailable }
        var hasAsked = false
        while true {
            switch cluster.membership.standing(of: owner) {
            case .serving(let origin, let incarnation):
                return ReachedStore(
                    store: cluster.connect(id, owner, origin), owner: (owner, incarnation))
            case .down:
                // It may have come back since the list was read.
                if hasAsked { throw .instanceUnavailable(owner) }
            case .restarting:
                guard dependencies.time.monotonicNow() < deadline else { throw .instanceUnavailable(owner) }
                if hasAsked { try await pause() }
            }
            hasAsked = true
            await cluster.membership.lookAround()
        }
    }

    /// Whether a node that did not answer is on its way to be another process, or has become one: then it is
    /// worth another attempt.
    private func isAnother(_ instance: InstanceID, than incarnation: Identifier) async -> Bool {
        guard let membership = dependencies.cluster?.membership else { return false }
        await membership.lookAround()
        switch membership.standing(of: instance) {
        case .down: return false
        case .restarting: return true
        case .serving(_, let now): return now != incarnation
        }
    }

    private func pause() async throws(Failure) {
        do {
            try await dependencies.time.sleep(
                until: dependencies.time.monotonicNow() + Limits.memberPollInterval)
        } catch {
            throw .cancelled
        }
    }
}
