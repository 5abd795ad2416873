import Domain
import Ports
import TestSupport
import Testing

extension MetadataStoreContract {
    static let deciding: [Case] = [
        Case("A changeset that was committed stays committed, however often it is asked for") { it in
            let changeset = it.changeset([], [])
            let outcome = try await it.store.commit(changeset)
            guard case .committed = outcome else { throw UnexpectedRefusal(outcome: outcome) }
            #expect(try await it.store.resolveOutcome(of: changeset.id) == outcome)
            #expect(try await it.store.resolveOutcome(of: changeset.id) == outcome)
        },
        Case("A changeset that is sent twice happens once") { it in
            let new = it.newInode(.directory)
            let changeset = it.changeset(
                [],
                [.createInode(new), .addEntry(parent: .root, name: try FileName("d"), inode: new.id)])
            let outcome = try await it.store.commit(changeset)
            #expect(try await it.store.commit(changeset) == outcome)
            #expect(try await it.names(in: "/") == ["d"])
        },
        Case("An unknown changeset is resolved as aborted, and can never happen then") { it async throws in
            let changeset = it.changeset([], [])
            #expect(try await it.store.resolveOutcome(of: changeset.id) == .refused(.aborted))
            #expect(try await it.store.commit(changeset) == .refused(.aborted))
            #expect(try await it.store.resolveOutcome(of: changeset.id) == .refused(.aborted))
        },
        Case("A refused changeset is not decided for ever") { it in
            let name = try FileName("d")
            let changeset = it.changeset([.noEntry(parent: .root, name: name)], [])
            let directory = try await it.makeDirectory("d")
            let refusal = CommitOutcome.refused(.broken(.noEntry(parent: .root, name: name)))
            #expect(try await it.store.commit(changeset) == refusal)
            try await it.apply([.removeEntry(parent: .root, name: name, inode: directory)])
            guard case .committed = try await it.store.commit(changeset) else {
                Issue.record("still refused")
                return
            }
        },
        Case("A changeset is accepted before its deadline or never") { it in
            let now = try await it.store.now()
            let late = try await it.commit([], deadline: now)
            #expect(late == .refused(.deadlinePassed))
            let inTime = try await it.commit([], deadline: now + .seconds(1))
            #expect(inTime != .refused(.deadlinePassed))
            it.time.advance(by: .seconds(2))
            #expect(try await it.commit([], deadline: now + .seconds(1)) == .refused(.deadlinePassed))
        },
        Case("Commits have times that rise") { it in
            var last = try await it.store.now()
            for _ in 0..<20 {
                let time = try await it.apply([])
                #expect(time > last)
                last = time
            }
        },
        Case("A caller that is cancelled before its call changes nothing") { it in
            let new = it.newInode(.directory)
            let changeset = it.changeset(
                [],
                [.createInode(new), .addEntry(parent: .root, name: try FileName("d"), inode: new.id)])
            let store = it.store
            let outcome = await withTaskGroup(of: Result<CommitOutcome, any Error>.self) { group in
                group.cancelAll()
                group.addTask {
                    do { return .success(try await store.commit(changeset)) } catch { return .failure(error) }
                }
                return await group.next()
            }
            #expect(throws: (any Error).self) { try outcome?.get() }
            #expect(try await !it.exists("/d"))
        },
    ]

    static let racing: [Case] = [
        Case("Of many who create one name exactly one does") { it in
            let name = try FileName("f")
            let changesets = (0..<40).map { _ in
                let new = it.newInode(.file)
                return it.changeset(
                    [.noEntry(parent: .root, name: name)],
                    [.createInode(new), .addEntry(parent: .root, name: name, inode: new.id)])
            }
            let outcomes = try await race(changesets, on: it)
            let refusal = CommitOutcome.refused(.broken(.noEntry(parent: .root, name: name)))
            #expect(outcomes.filter { $0 == refusal }.count == 39)
            let winner = try #require(outcomes.firstIndex { $0 != refusal })
            guard case .createInode(let new) = changesets[winner].mutations[0] else { return }
            #expect(try await it.inode("/f").id == new.id)
            try await it.expectSound()
        },
        Case("Two directories that move into each other do not both") { it in
            for round in 0..<10 {
                let first = try await it.makeDirectory("a\(round)")
                let second = try await it.makeDirectory("b\(round)")
                let moves = try [(first, "a", second), (second, "b", first)].map { moved, name, to in
                    it.changeset(
                        [.outside(to, of: moved)],
                        [
                            .moveEntry(
                                from: .root, name: try FileName("\(name)\(round)"), to: to,
                                newName: try FileName("m"), inode: moved)
                        ])
                }
                let outcomes = try await race(moves, on: it)
                let happened = outcomes.filter { outcome in
                    if case .committed = outcome { true } else { false }
                }
                #expect(happened.count == 1)
            }
            try await it.expectSound()
        },
        Case("A directory is not removed while something is created in it") { it in
            for round in 0..<10 {
                let name = try FileName("d\(round)")
                let directory = try await it.makeDirectory(name.text)
                let new = it.newInode(.file)
                let creation = it.changeset(
                    [.entry(parent: .root, name: name, leadsTo: directory)],
                    [.createInode(new), .addEntry(parent: directory, name: try FileName("f"), inode: new.id)])
                let removal = it.changeset(
                    [.emptyDirectory(directory)],
                    [.removeEntry(parent: .root, name: name, inode: directory)])
                let outcomes = try await race([creation, removal], on: it)
                let happened = outcomes.filter { outcome in
                    if case .committed = outcome { true } else { false }
                }
                #expect(happened.count == 1)
            }
            try await it.expectSound()
        },
        Case("Link counts are right after many added and removed names at once") { it in
            let file = try await it.makeFile("f")
            let changesets = try (0..<30).map { index in
                it.changeset([], [.addEntry(parent: .root, name: try FileName("n\(index)"), inode: file)])
            }
            _ = try await race(changesets, on: it)
            #expect(try await it.inode("/f").linkCount == 31)
            let removals = try (0..<30).map { index in
                it.changeset(
                    [], [.removeEntry(parent: .root, name: try FileName("n\(index)"), inode: file)])
            }
            _ = try await race(removals, on: it)
            #expect(try await it.inode("/f").linkCount == 1)
            try await it.expectSound()
        },
        Case("What a call that returned has changed, every later call sees") { it in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        for round in 0..<10 {
                            let file = try await it.makeFile("w\(worker) r\(round)")
                            #expect(try await it.inode("/w\(worker) r\(round)").id == file)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await it.names(in: "/").count == 80)
        },
    ]

    /// Commits all at once; the outcomes in the order of the changesets.
    private static func race(
        _ changesets: [Changeset], on it: MetadataSubject
    ) async throws -> [CommitOutcome] {
        let store = it.store
        return try await withThrowingTaskGroup(of: (Int, CommitOutcome).self) { group in
            for (index, changeset) in changesets.enumerated() {
                group.addTask { (index, try await store.commit(changeset)) }
            }
            var outcomes: [(Int, CommitOutcome)] = []
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
