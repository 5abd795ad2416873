import Domain
import Testing

@Suite("Placement and routing")
struct PlacementTests {
    private let a = InstanceID("a")
    private let b = InstanceID("b")

    private func id(_ number: UInt64) -> StoreID { StoreID(Identifier(high: 0, low: number)) }

    private func location(_ store: UInt64, inline: Bool = false) -> ContentLocation {
        ContentLocation(id: LocationID(Identifier(high: 1, low: store)), store: id(store), isInline: inline)
    }

    private func view(live: [InstanceID]) throws -> ClusterView {
        let (a, b) = (try #require(a), try #require(b))
        return ClusterView(
            instance: a, live: Set(live),
            stores: [
                RegisteredStore(id: id(1), backend: "localfs", kind: .localfs, instance: a),
                RegisteredStore(id: id(2), backend: "localfs", kind: .localfs, instance: b),
                RegisteredStore(id: id(3), backend: "s3", kind: .s3, instance: nil),
                RegisteredStore(id: id(4), backend: "old", kind: .disabled, instance: b),
            ])
    }

    private func place(
        _ existing: ContentLocation?, backend: String = "localfs", bIsLive: Bool,
        _ policy: Placement.OwnerDownPolicy
    ) throws -> Placement.Decision {
        Placement.decide(
            replacing: existing, defaultBackend: backend,
            in: try view(live: bIsLive ? [try #require(b)] : []),
            onOwnerDown: policy)
    }

    private func store(_ decision: Placement.Decision) -> StoreID? {
        switch decision {
        case .here(let store), .peer(_, let store): store.id
        case .ownerDown, .noStore: nil
        }
    }

    @Test("A new file goes to the default backend of the node that was asked")
    func new() throws {
        #expect(store(try place(nil, bIsLive: true, .writeHere)) == id(1))
        #expect(store(try place(nil, backend: "s3", bIsLive: true, .writeHere)) == id(3))
        #expect(try place(nil, backend: "tape", bIsLive: true, .writeHere) == .noStore)
        #expect(try place(nil, backend: "old", bIsLive: true, .writeHere) == .noStore)
    }

    @Test("A replaced file stays where it lives, inline or not")
    func replaced() throws {
        #expect(store(try place(location(1), backend: "s3", bIsLive: true, .writeHere)) == id(1))
        #expect(
            store(try place(location(1, inline: true), backend: "s3", bIsLive: true, .writeHere)) == id(1))
        #expect(store(try place(location(3), bIsLive: true, .writeHere)) == id(3))
        guard case .peer(let owner, let store) = try place(location(2), bIsLive: true, .writeHere) else {
            Issue.record("not to the peer")
            return
        }
        #expect(owner == b && store.id == id(2))
    }

    @Test("When its node is down it is written here or refused, as configured")
    func ownerDown() throws {
        #expect(store(try place(location(2), bIsLive: false, .writeHere)) == id(1))
        #expect(try place(location(2), bIsLive: false, .refuse) == .ownerDown(try #require(b)))
    }

    @Test("A store that nobody serves any more is no place, and nobody waits for it")
    func gone() throws {
        for policy in Placement.OwnerDownPolicy.allCases {
            #expect(store(try place(location(9), bIsLive: true, policy)) == id(1))
            #expect(store(try place(location(4), bIsLive: true, policy)) == id(1))
        }
    }

    @Test("The cheapest live copy is read, whatever the order they come in")
    func routes() throws {
        let (up, down) = (try view(live: [try #require(b)]), try view(live: []))
        let b = try #require(b)
        let best: [(Routing.Route, ContentLocation)] = [
            (.inline, location(1, inline: true)), (.local(location(1)), location(1)),
            (.shared(location(3)), location(3)), (.peer(b, location(2)), location(2)),
            (.unavailable(b), location(4)), (.unavailable(nil), location(9)),
        ]
        for index in best.indices {
            let rest = best[index...].map(\.1)
            #expect(Routing.decide(rest, in: up) == best[index].0)
            #expect(Routing.decide(rest.reversed(), in: up) == best[index].0)
        }
        #expect(Routing.decide([location(2)], in: down) == .unavailable(b))
        #expect(Routing.decide([], in: up) == .unavailable(nil))
    }
}
