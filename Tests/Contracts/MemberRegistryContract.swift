import Domain
import Ports
import TestSupport
import Testing

/// The contract of `MemberRegistry`.
package enum MemberRegistryContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static let cases: [Case] = [
        Case("A node that announces itself is listed until others forget it") { it async throws in
            #expect(try await it.store.members().members == [])
            let said = announcement(it, "one")
            let first = try await it.announce(said)
            #expect(first.instance == said.instance)
            #expect(first.endpoint == said.endpoint)
            #expect(first.state == .up)
            #expect(first.incarnation == said.incarnation)
            let listed = try await it.store.members()
            #expect(listed.members == [first])
            #expect(first.announcedUntil <= listed.time + said.duration)
            #expect(first.standing(at: listed.time) == .serving)
        },
        Case("Members are listed by name") { it async throws in
            for name in ["two", "one", "three"] { _ = try await it.announce(announcement(it, name)) }
            #expect(try await it.store.members().members.map(\.instance.text) == ["one", "three", "two"])
        },
        Case("What a node says counts as long as it said, and longer when it says it again") {
            it async throws in
            let said = announcement(it, "one")
            _ = try await it.announce(said)
            it.time.advance(by: .seconds(9))
            let again = try await it.announce(said)
            it.time.advance(by: .seconds(9))
            #expect(try await it.store.members().members == [again])
            #expect(try await it.store.members().members.first?.standing(at: it.store.now()) == .serving)
            it.time.advance(by: .seconds(2))
            #expect(try await it.store.members().members.first?.standing(at: it.store.now()) == .down)
        },
        Case("A name belongs to one process while that is alive") { it async throws in
            let first = try await it.announce(announcement(it, "one"))
            let other = announcement(it, "one")
            let outcome = try await it.store.announce(other)
            guard case .taken(by: first, at: _) = outcome else {
                Issue.record("two nodes go by one name: \(outcome)")
                return
            }
            #expect(try await it.store.members().members == [first])
            it.time.advance(by: .seconds(11))
            #expect(try await it.announce(other).incarnation == other.incarnation)
            #expect(try await it.store.members().members.map(\.incarnation) == [other.incarnation])
        },
        Case("Who was seen not to move for long enough makes room, unless it has moved since") {
            it async throws in
            let said = announcement(it, "one")
            let first = try await it.announce(said)
            it.time.advance(by: .seconds(1))
            let second = try await it.announce(said)
            var other = announcement(it, "one")
            other.displaced = first
            guard case .taken = try await it.store.announce(other) else {
                Issue.record("a process that is alive was displaced")
                return
            }
            other.displaced = second
            #expect(try await it.announce(other).incarnation == other.incarnation)
        },
        Case("A node that drains is alive, one that restarts or has left makes room") { it async throws in
            for state in MemberState.allCases {
                var said = announcement(it, state.rawValue)
                said.state = state
                #expect(try await it.announce(said).state == state)
                let outcome = try await it.store.announce(announcement(it, state.rawValue))
                switch (state, outcome) {
                case (.up, .taken), (.draining, .taken): break
                case (.restarting, .announced), (.gone, .announced): break
                default: Issue.record("\(state): \(outcome)")
                }
            }
        },
        Case("The process that was there before hears that it has lost its name") { it async throws in
            var before = announcement(it, "one")
            before.state = .restarting
            _ = try await it.announce(before)
            _ = try await it.announce(announcement(it, "one"))
            guard case .taken = try await it.store.announce(before) else {
                Issue.record("a process that ended is back")
                return
            }
        },
        Case("Only a node that is not alive is forgotten") { it async throws in
            let said = announcement(it, "one")
            _ = try await it.announce(said)
            #expect(try await it.store.forget(said.instance) == false)
            it.time.advance(by: .seconds(11))
            #expect(try await it.store.forget(said.instance))
            #expect(try await it.store.forget(said.instance))
            #expect(try await it.store.members().members == [])
        },
        Case("A node may say nothing of where it is reached") { it async throws in
            var said = announcement(it, "one")
            said.endpoint = nil
            #expect(try await it.announce(said).endpoint == nil)
            #expect(try await it.store.members().members.first?.endpoint == nil)
        },
        Case("Of many processes that take one name at once exactly one gets it") { it async throws in
            let all = (0..<10).map { _ in announcement(it, "one") }
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for said in all {
                    group.addTask {
                        guard case .announced = try await it.store.announce(said) else { return false }
                        return true
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        },
    ]

    /// Another process each time; what it says counts for ten seconds.
    private static func announcement(_ it: MetadataSubject, _ name: String) -> Announcement {
        guard let instance = InstanceID(name) else { preconditionFailure("the name is a valid one") }
        return Announcement(
            instance: instance, endpoint: HTTPOrigin(parsing: "https://\(name):8443"), state: .up,
            incarnation: it.identifier(), duration: .seconds(10))
    }
}

extension MetadataSubject {
    /// Announces what nobody else's name stands in the way of.
    fileprivate func announce(
        _ announcement: Announcement, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Member {
        let outcome = try await store.announce(announcement)
        guard case .announced(let member, _) = outcome else {
            Issue.record("refused: \(outcome)", sourceLocation: sourceLocation)
            throw NameTaken()
        }
        return member
    }
}

private struct NameTaken: Error {}
