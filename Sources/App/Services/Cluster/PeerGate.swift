package import Domain
package import Ports
private import Synchronization

/// Decides whether a request comes from a node of this deployment, is meant for this one, and is new.
package final class PeerGate: Sendable {
    private let keys: PeerKeys
    private let deployment: DeploymentID
    private let membership: ClusterMembership
    /// Made when the node has joined: from then on there is a time to go by.
    private let admission = Mutex<PeerAdmission?>(nil)

    package init(keys: PeerKeys, deployment: DeploymentID, membership: ClusterMembership) {
        self.keys = keys
        self.deployment = deployment
        self.membership = membership
    }

    /// Lets a request in, once. Nothing else of it has been looked at, and its body was not touched.
    package func admit(_ request: HTTPRequest) throws(PeerRefusal) -> PeerRequest {
        let (asked, signature) = try PeerProtocol.read(request)
        guard keys.isGenuine(signature, of: asked) else { throw .forged }
        guard case .joined(let startedAt) = membership.ownStanding else { throw .misdirected }
        let now = membership.storeTime()
        try admission.withLock { admission throws(PeerRefusal) in
            var current =
                admission
                ?? PeerAdmission(
                    instance: membership.instance, deployment: deployment, startedAt: startedAt)
            admission = nil
            defer { admission = current }
            try current.admit(asked, at: now)
        }
        return asked
    }
}
