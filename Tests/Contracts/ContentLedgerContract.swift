import Domain
import Ports
import TestSupport
import Testing

/// The contract of `ContentLedger`.
package enum ContentLedgerContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static let cases: [Case] = [
        Case("A stored content is condemned, deleted by its keeper, and forgotten") { it in
            let content = it.content(stored: 4)
            try await remove(it.makeFile("f", content: content), "f", it)
            #expect(
                try await it.store.condemned(before: WallTime(nanoseconds: .max), in: [it.place], limit: 9)
                    == [])
            let before = try await it.store.now()
            it.time.advance(by: .seconds(1))
            #expect(try await it.store.reclaim(limit: 9) == 1)
            #expect(try await it.store.reclaim(limit: 9) == 0)
            let condemned = try await it.store.now()
            #expect(
                try await it.store.condemned(before: condemned, in: [it.place], limit: 9) == [
                    content.location
                ])
            #expect(try await it.store.condemned(before: before, in: [it.place], limit: 9) == [])
            #expect(try await it.store.counts().condemned == 1)
            try await it.expectSound()
            try await it.store.forget([content.location.id])
            #expect(
                try await it.store.counts() == LedgerCounts(candidates: 0, condemned: 0, detachedTrees: 0))
            try await it.store.forget([content.location.id])
            try await it.expectSound()
        },
        Case("What is condemned in a store of others does not stand in the way of one's own") { it in
            let content = it.content(stored: 4)
            try await remove(it.makeFile("f", content: content), "f", it)
            #expect(try await it.store.reclaim(limit: 9) == 1)
            let now = try await it.store.now()
            let other = StoreID(it.identifier())
            #expect(try await it.store.condemned(before: now, in: [], limit: 9) == [])
            #expect(try await it.store.condemned(before: now, in: [other], limit: 9) == [])
            #expect(
                try await it.store.condemned(before: now, in: [other, it.place], limit: 9)
                    == [content.location])
        },
        Case("An inline content goes whole as soon as nothing refers to it") { it in
            let content = it.content(inline: [1, 2, 3])
            try await remove(it.makeFile("f", content: content), "f", it)
            #expect(try await it.store.reclaim(limit: 9) == 1)
            #expect(
                try await it.store.counts() == LedgerCounts(candidates: 0, condemned: 0, detachedTrees: 0))
            #expect(try await !it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
        },
        Case("A candidate that something refers to again is dropped from the list") { it in
            let content = it.content(stored: 4)
            let file = try await it.makeFile("f", content: content)
            let copy = it.newInode(.file, content: content)
            try await it.apply([
                .createInode(copy), .addEntry(parent: .root, name: FileName("g"), inode: copy.id),
            ])
            try await remove(file, "f", it)
            #expect(try await it.store.counts().candidates == 1)
            #expect(try await it.store.reclaim(limit: 9) == 1)
            #expect(try await it.store.counts().candidates == 0)
            #expect(try await it.holds(.contentIsLive(content.id)))
        },
        Case("Reclaiming looks at no more than it is told") { it in
            for index in 0..<5 {
                try await remove(it.makeFile("f", content: it.content(stored: UInt64(index))), "f", it)
            }
            #expect(try await it.store.reclaim(limit: 2) == 2)
            #expect(try await it.store.counts().candidates == 3)
            #expect(try await it.store.reclaim(limit: 9) == 3)
        },
        Case("A location that is published is neither claimed nor forgotten") { it in
            let content = it.content(stored: 4)
            try await it.makeFile("f", content: content)
            #expect(try await it.store.claimOrphans([content.location.id], in: it.place) == [])
            try await it.store.forget([content.location.id])
            #expect(try await it.resolve("/f").content?.locations == [content.location])
            try await it.expectSound()
        },
        Case("What a sweep claimed before may be deleted again, what was condemned has its grace") { it in
            let content = it.content(stored: 4)
            try await remove(it.makeFile("f", content: content), "f", it)
            let orphan = LocationID(it.identifier())
            let both = [content.location.id, orphan]
            #expect(try await it.store.claimOrphans(both, in: it.place) == [orphan])
            try await it.settle()
            #expect(try await it.store.claimOrphans(both, in: it.place) == [orphan])
            #expect(try await it.store.counts().condemned == 2)
            let condemned = try await it.store.condemned(before: it.store.now(), in: [it.place], limit: 9)
            #expect(condemned.map(\.id) == [orphan, content.location.id])
            try await it.expectSound()
            try await it.store.forget(both)
            #expect(try await it.store.counts().condemned == 0)
            try await it.expectSound()
        },
        Case("Of a publisher and the sweep exactly one gets a location") { it in
            for index in 0..<20 {
                let content = it.content(stored: 1)
                let new = it.newInode(.file, content: content)
                let changeset = it.changeset(
                    [],
                    [
                        .publishContent(content), .createInode(new),
                        .addEntry(parent: .root, name: try FileName("f\(index)"), inode: new.id),
                    ])
                async let published = it.store.commit(changeset)
                async let claimed = it.store.claimOrphans([content.location.id], in: it.place)
                let outcome = try await published
                if try await claimed.isEmpty {
                    #expect(try await it.exists("/f\(index)"))
                } else {
                    #expect(outcome == .refused(.locationClaimed))
                }
            }
            try await it.expectSound()
        },
        Case("Reaping takes no more than it is told, however wide or deep the tree") { it in
            let top = try await it.makeDirectory("a")
            var parent = top
            for index in 0..<8 {
                for file in 0..<3 { try await it.makeFile("f\(file)", in: parent) }
                parent = try await it.makeDirectory("d\(index)", in: parent)
            }
            try await it.apply([.detachTree(parent: .root, name: FileName("a"), inode: top)])
            var total = 0
            while true {
                let taken = try await it.store.reapDetached(limit: 5)
                #expect(taken <= 5)
                if taken == 0 { break }
                total += taken
                try await it.expectSound()
            }
            #expect(total >= 33)
            #expect(try await it.store.counts().detachedTrees == 0)
        },
        Case("The locations of a store come in order, without inline and condemned ones") { it in
            var expected: [StoredLocation] = []
            for index in 0..<7 {
                it.time.advance(by: .milliseconds(2))
                let content = it.content(stored: UInt64(index))
                try await it.makeFile("f\(index)", content: content)
                expected.append(
                    StoredLocation(
                        id: content.location.id, size: content.size, sha256: content.digests.sha256))
            }
            try await it.makeFile("inline", content: it.content(inline: [1]))
            let first = try await it.resolve("/f0")
            try await remove(#require(first.target).id, "f0", it)
            try await it.settle()
            expected.removeFirst()
            var found: [StoredLocation] = []
            while true {
                let page = try await it.store.locations(in: it.place, after: found.last?.id, limit: 4)
                found += page
                if page.isEmpty { break }
            }
            #expect(found == expected)
            let elsewhere = StoreID(it.identifier())
            #expect(try await it.store.locations(in: elsewhere, after: nil, limit: 4) == [])
        },
        Case("Giving space back comes to an end and loses nothing") { it in
            for index in 0..<30 {
                let bytes = [UInt8](repeating: UInt8(index), count: 9_000)
                try await it.makeFile("f\(index)", content: it.content(inline: bytes))
            }
            for index in 0..<29 {
                try await remove(it.inode("/f\(index)").id, "f\(index)", it)
            }
            try await it.settle()
            var steps = 0
            while try await it.store.compact() {
                steps += 1
                try #require(steps < 1_000)
            }
            #expect(try await it.resolve("/f29").content?.inlineBytes?.count == 9_000)
            try await it.expectSound()
        },
    ]

    private static func remove(_ file: InodeID, _ name: String, _ it: MetadataSubject) async throws {
        try await it.apply([.removeEntry(parent: .root, name: FileName(name), inode: file)])
    }
}
