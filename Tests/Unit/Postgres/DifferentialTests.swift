import Domain
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

/// What a store shows of itself.
private struct Picture: Equatable {
    var inodes: [String: Inode] = [:]
    var contents: [String: Content] = [:]
    var listed: [String: [Entry]] = [:]
    var counts: LedgerCounts
    var locations: [StoredLocation]
    var condemned: [ContentLocation]
    var links: [LinkKey: DownloadLink] = [:]
    var pinned: [LinkKey: Content] = [:]
}

@Suite("PostgreSQL and memory", .serialized)
struct PostgresDifferentialTests {
    private static let steps = 240
    private static let stepsBetweenPictures = 40
    /// Now and then so much time goes by that links come to their end.
    private static let stepsBetweenJumps = 60
    private static let jump = Limits.linkMemory / 2

    @Test("decide alike on random changesets and end up alike", arguments: UInt64(1)...3)
    func decideAlike(seed: UInt64) async throws {
        // Both remember what they decided for as long as this goes on.
        try await withStore { it in
            let reference = MemoryMetadataStore(
                time: it.time, entropy: it.entropy, owner: MetadataSubject.owner,
                group: MetadataSubject.group,
                treeDirectoriesMax: MetadataSubject.treeDirectoriesMax)
            var random = RandomChangesets(seed: seed)
            var committed = 0
            for step in 0..<Self.steps {
                let (world, paths) = try await Self.world(of: reference)
                // What it remembers of the way there is what there is.
                for path in [paths[step % paths.count], paths[step * 7 % paths.count]] {
                    let (found, expected) = (
                        try await it.store.resolve(path, content: .none),
                        try await reference.resolve(path, content: .none)
                    )
                    try #require(found.steps == expected.steps, "seed \(seed), before step \(step): \(path)")
                    try #require(found.root == expected.root, "seed \(seed), before step \(step)")
                }
                // With the clock ahead of what the stores have given, their times are the same.
                it.time.advance(by: .milliseconds(10))
                if step % Self.stepsBetweenJumps == 0 { it.time.advance(by: Self.jump) }
                let next = random.next(now: it.time.wallNow(), world: world)
                let expected = try await Self.take(next, at: reference)
                let found = try await Self.take(next, at: it.store)
                try #require(found == expected, "seed \(seed), step \(step): \(next)")
                if found.hasPrefix("committed") { committed += 1 }
                guard step % Self.stepsBetweenPictures == 0 || step == Self.steps - 1 else { continue }
                let links = random.links
                let isAlike =
                    try await Self.picture(of: it.store, links) == Self.picture(of: reference, links)
                try #require(isAlike, "seed \(seed), after step \(step): \(next)")
                let findings = try await it.store.check(limit: 5) + reference.check(limit: 5)
                try #require(findings == [], "seed \(seed), after step \(step): \(next)")
            }
            #expect(committed > Self.steps / 20, "seed \(seed) changes too little to show anything")
        }
    }

    private static func world(
        of store: any MetadataStore
    ) async throws -> (places: [RandomChangesets.Place], paths: [FilePath]) {
        var places: [RandomChangesets.Place] = []
        var paths: [FilePath] = [.root]
        var waiting = [try await store.resolve(.root, content: .none)]
        while let directory = waiting.popLast() {
            let page = try #require(try await store.list(directory, after: nil, limit: 10_000))
            for entry in page.entries {
                let parent = directory.deepest.id
                places.append(RandomChangesets.Place(parent: parent, name: entry.name, inode: entry.inode))
                paths.append(directory.path.appending(entry.name))
                guard entry.inode.kind == .directory else { continue }
                waiting.append(directory.appending(entry, time: page.time))
            }
        }
        return (places, paths)
    }

    private static func take(
        _ step: RandomChangesets.Step, at store: any MetadataStore & ContentLedger & LinkStore
    ) async throws -> String {
        switch step {
        case .commit(let changeset): "\(try await store.commit(changeset))"
        case .resolveOutcome(let id): "\(try await store.resolveOutcome(of: id))"
        case .reclaim(let limit): "reclaimed \(try await store.reclaim(limit: limit))"
        case .reap(let limit): "reaped \(try await store.reapDetached(limit: limit))"
        case .claim(let ids): "claimed \(try await store.claimOrphans(ids, in: RandomChangesets.place))"
        case .retireLinks(let limit): "retired \(try await store.retireLinks(limit: limit))"
        case .forget(let ids): "forgot \(try await store.forget(ids))"
        }
    }

    private static func picture(
        of store: any MetadataStore & ContentLedger & LinkStore, _ links: [LinkKey]
    ) async throws -> Picture {
        var picture = Picture(
            counts: try await store.counts(),
            locations: try await store.locations(in: RandomChangesets.place, after: nil, limit: 10_000),
            condemned: try await store.condemned(
                before: store.now(), in: [RandomChangesets.place], limit: 10_000))
        for key in links {
            guard let found = try await store.link(key) else { continue }
            picture.links[key] = found.link
            picture.pinned[key] = found.content
        }
        var waiting: [FilePath] = [.root]
        while let path = waiting.popLast() {
            let resolution = try await store.resolve(path, content: .inlineBytes)
            let inode = try #require(resolution.target)
            picture.inodes[path.description] = inode
            picture.contents[path.description] = resolution.content
            guard inode.kind == .directory else { continue }
            let page = try #require(try await store.list(resolution, after: nil, limit: 10_000))
            picture.listed[path.description] = page.entries
            waiting += page.entries.map { path.appending($0.name) }
        }
        return picture
    }
}
