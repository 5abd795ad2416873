import Domain
import Ports
import TestSupport
import Testing

/// What an `AnswerLedger` promises, and how the metadata store keeps answers.
package enum AnswerLedgerContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static let cases: [Case] = [
        Case("An answer is kept by the commit that it tells of, and comes back whole") { it in
            let claim = claim("k")
            let new = it.newInode(.directory)
            let answer = RecordedAnswer.entry(
                RecordedEntry(
                    status: 201, path: try FilePath(parsing: "/d"),
                    inode: new.inode(at: RecordedEntry.timeOfCommit), location: nil, saysWhere: true))
            #expect(try await it.holds(.keyUnused(claim.key)))
            let time = try await it.apply([
                .createInode(new), .addEntry(parent: .root, name: FileName("d"), inode: new.id),
                .recordAnswer(claim, answer),
            ])
            let lookup = try await it.store.answer(to: claim.key)
            #expect(lookup.answered == AnsweredRequest(claim: claim, answer: answer, at: time))
            #expect(lookup.keptOfPrincipal == 1)
            #expect(try await !it.holds(.keyUnused(claim.key)))
            try await it.expectSound()
        },
        Case("A key that was used refuses the whole changeset") { it in
            let claim = claim("k", body: nil)
            try await it.apply([.recordAnswer(claim, .done)])
            let new = it.newInode(.directory)
            let mutations: [Mutation] = [
                .createInode(new), .addEntry(parent: .root, name: try FileName("d"), inode: new.id),
                .recordAnswer(claim, .done),
            ]
            for preconditions in [[Precondition.keyUnused(claim.key)], []] {
                let changeset = Changeset(
                    id: ChangesetID(it.identifier()), preconditions: preconditions, mutations: mutations)
                let outcome = try await it.store.commit(changeset)
                #expect(outcome == .refused(.broken(.keyUnused(claim.key))))
            }
            #expect(try await !it.exists("/d"))
        },
        Case("A changeset that is refused keeps no answer") { it in
            let claim = claim("k")
            let changeset = Changeset(
                id: ChangesetID(it.identifier()), preconditions: [.access(.root, version: 99)],
                mutations: [.recordAnswer(claim, .done)])
            let outcome = try await it.store.commit(changeset)
            #expect(outcome == .refused(.broken(.access(.root, version: 99))))
            let half = Changeset(
                id: ChangesetID(it.identifier()), preconditions: [],
                mutations: [
                    .recordAnswer(claim, .done),
                    .raiseFence(InodeID(Identifier(high: 1, low: 1)), FencingToken(1)),
                ])
            guard case .refused = try await it.store.commit(half) else {
                Issue.record("what is not there was fenced")
                return
            }
            let lookup = try await it.store.answer(to: claim.key)
            #expect(lookup == AnswerLookup(answered: nil, keptOfPrincipal: 0))
        },
        Case("Everybody has keys of their own") { it in
            try await it.apply([.recordAnswer(claim("k"), .done)])
            let other = IdempotencyKey(stored: "k", of: "q")
            #expect(try await it.holds(.keyUnused(other)))
            let lookup = try await it.store.answer(to: other)
            #expect(lookup == AnswerLookup(answered: nil, keptOfPrincipal: 0))
        },
        Case("An answer is over after its time, and then the key may be used again") { it in
            let claim = claim("k")
            try await it.apply([.recordAnswer(claim, .done)])
            it.time.advance(by: Limits.idempotencyKept - .seconds(1))
            #expect(try await it.store.answer(to: claim.key).answered != nil)
            it.time.advance(by: .seconds(2))
            #expect(
                try await it.store.answer(to: claim.key) == AnswerLookup(answered: nil, keptOfPrincipal: 1))
            #expect(try await it.holds(.keyUnused(claim.key)))
            let time = try await it.apply([.recordAnswer(claim, .done)])
            let lookup = try await it.store.answer(to: claim.key)
            #expect(lookup.answered?.at == time)
            #expect(lookup.keptOfPrincipal == 1)
        },
        Case("Answers that are over are forgotten in bounded steps, and no others") { it in
            for number in 0..<3 { try await it.apply([.recordAnswer(claim("old\(number)"), .done)]) }
            it.time.advance(by: Limits.idempotencyKept + .seconds(1))
            try await it.apply([.recordAnswer(claim("young"), .done)])
            #expect(try await it.store.forgetAnswers(limit: 2) == 2)
            #expect(try await it.store.answer(to: claim("young").key).keptOfPrincipal == 2)
            #expect(try await it.store.forgetAnswers(limit: 2) == 1)
            #expect(try await it.store.forgetAnswers(limit: 2) == 0)
            let lookup = try await it.store.answer(to: claim("young").key)
            #expect(lookup.answered != nil)
            #expect(lookup.keptOfPrincipal == 1)
        },
    ]

    private static func claim(_ text: String, body: [UInt8]? = [4, 5, 6]) -> IdempotencyClaim {
        IdempotencyClaim(key: IdempotencyKey(stored: text, of: "p"), head: [1, 2, 3], body: body)
    }
}
