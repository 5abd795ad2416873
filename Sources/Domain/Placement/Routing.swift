/// Decides from where the bytes of a content are read.
package enum Routing {
    package enum Route: Sendable, Equatable {
        /// They came with the metadata.
        case inline
        case local(ContentLocation)
        case shared(ContentLocation)
        case peer(InstanceID, ContentLocation)
        /// Every copy is on a node that is down; one of them, where it is known.
        case unavailable(InstanceID?)
    }

    /// The cheapest way to a live copy: inline, then this node's disk, then what all nodes reach, then a
    /// peer. Among equals, the first.
    package static func decide(_ locations: [ContentLocation], in cluster: ClusterView) -> Route {
        var best = Route.unavailable(nil)
        for location in locations {
            let route = route(to: location, in: cluster)
            if rank(route) < rank(best) { best = route }
        }
        return best
    }

    private static func route(to location: ContentLocation, in cluster: ClusterView) -> Route {
        if location.isInline { return .inline }
        guard let store = cluster.store(location.store) else { return .unavailable(nil) }
        switch cluster.reach(of: store) {
        case .local: return .local(location)
        case .shared: return .shared(location)
        case .peer(let owner): return .peer(owner, location)
        case .none(let owner): return .unavailable(owner)
        }
    }

    private static func rank(_ route: Route) -> Int {
        switch route {
        case .inline: 0
        case .local: 1
        case .shared: 2
        case .peer: 3
        case .unavailable(.some): 4
        case .unavailable(nil): 5
        }
    }
}
