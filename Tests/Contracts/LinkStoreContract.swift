import Domain
import Ports
import TestSupport
import Testing

/// The contract of `LinkStore`, and of what `MetadataStore` does with links.
package enum LinkStoreContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static let cases: [Case] = claiming + retiring

    private static let one = ClaimKey(Identifier(high: 1, low: 1))
    private static let other = ClaimKey(Identifier(high: 1, low: 2))

    private static let claiming: [Case] = [
        Case("A link comes back as it was made, and one that was never made does not") { it in
            let (key, link) = try await it.makeLink("/päth/with a space", for: InodeID(it.identifier()))
            let found = try #require(try await it.store.link(key))
            #expect(found.link == link && found.content == nil)
            #expect(try await it.store.link(LinkKey(it.identifier())) == nil)
            #expect(try await it.commit([.addLink(key, link)]) == .refused(.identifierTaken))
        },
        Case("A claim pins the file as it is, with its content and inline bytes") { it in
            let content = it.content(inline: [1, 2, 3])
            let file = try await it.pin(it.makeFile("f", content: content), content)
            let (key, link) = try await it.makeLink("/f", for: file.inode)
            #expect(try await it.holds(.linkIsOpen(key)))
            let time = try await it.apply([.claimLink(key, one, file)])
            let found = try #require(try await it.store.link(key))
            #expect(found.link.state == .claimed(one, file, until: time + Limits.linkResumeWindow))
            #expect(found.link.path == link.path && found.link.issuer == link.issuer)
            #expect(found.content?.inlineBytes == [1, 2, 3] && found.content?.id == content.id)
            #expect(try await !it.holds(.linkIsOpen(key)))
            try await it.expectSound()
        },
        Case("A claim of an empty file pins no content") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            let (key, _) = try await it.makeLink("/f", for: file.inode)
            try await it.apply([.claimLink(key, one, file)])
            let found = try #require(try await it.store.link(key))
            #expect(found.link.resume(one, at: found.time) == file && found.content == nil)
            try await it.expectSound()
        },
        Case("Of many that claim one link at once exactly one gets it") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            let (key, _) = try await it.makeLink("/f", for: file.inode)
            let claims = (0..<64).map { _ in ClaimKey(it.identifier()) }
            let winners = try await withThrowingTaskGroup(of: ClaimKey?.self) { group in
                for claim in claims {
                    group.addTask {
                        let outcome = try await it.commit(
                            if: [.linkIsOpen(key)], [.claimLink(key, claim, file)])
                        if case .committed = outcome { return claim }
                        #expect(outcome == .refused(.broken(.linkIsOpen(key))))
                        return nil
                    }
                }
                return try await group.reduce(into: []) { winners, claim in claim.map { winners.append($0) } }
            }
            #expect(winners.count == 1)
            let found = try #require(try await it.store.link(key))
            #expect(found.link.resume(try #require(winners.first), at: found.time) == file)
        },
        Case("Nothing is claimed that is not open, whatever the preconditions say") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            let (key, _) = try await it.makeLink("/f", for: file.inode)
            let missing = LinkKey(it.identifier())
            let refused = CommitOutcome.refused(.broken(.linkIsOpen(missing)))
            #expect(try await it.commit([.claimLink(missing, one, file)]) == refused)
            #expect(try await !it.holds(.linkIsOpen(missing)))
            try await it.apply([.claimLink(key, one, file)])
            for claim in [one, other] {
                #expect(
                    try await it.commit([.claimLink(key, claim, file)])
                        == .refused(.broken(.linkIsOpen(key))))
            }
            try await it.apply([.finishLink(key, one)])
            #expect(try await !it.holds(.linkIsOpen(key)))
        },
        Case("A link that was made for one file claims no other, whatever the preconditions say") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            let another = try await it.pin(it.makeFile("g"), nil)
            let (key, link) = try await it.makeLink("/f", for: file.inode)
            #expect(
                try await it.commit(if: [.linkIsOpen(key)], [.claimLink(key, one, another)])
                    == .refused(.broken(.linkIsOpen(key))))
            #expect(try await it.store.link(key)?.link == link)
            try await it.apply([.claimLink(key, one, file)])
            try await it.expectSound()
        },
        Case("A link expires by the store's time, at the commit and not before it") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            let (key, link) = try await it.makeLink("/f", for: file.inode, lifetime: .seconds(10))
            it.time.advance(by: .seconds(9))
            #expect(try await it.holds(.linkIsOpen(key)))
            it.time.advance(by: .seconds(1))
            #expect(try await !it.holds(.linkIsOpen(key)))
            #expect(
                try await it.commit([.claimLink(key, one, file)]) == .refused(.broken(.linkIsOpen(key))))
            #expect(try await it.store.link(key)?.link == link)
        },
        Case("A content that is not live is not pinned") { it in
            let content = it.content(stored: 4)
            let inode = try await it.makeFile("f", content: content)
            let file = try await it.pin(inode, content)
            let (key, _) = try await it.makeLink("/f", for: inode)
            try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: inode)])
            try await it.settle()
            #expect(
                try await it.commit([.claimLink(key, one, file)])
                    == .refused(.broken(.contentIsLive(content.id))))
            #expect(try await it.holds(.linkIsOpen(key)))
        },
    ]

    private static let retiring: [Case] = [
        Case("A pinned content outlives its file until a short while after the claim was finished") { it in
            let content = it.content(stored: 4)
            let inode = try await it.makeFile("f", content: content)
            let (key, _) = try await it.makeLink("/f", for: inode)
            try await it.apply([.claimLink(key, one, it.pin(inode, content))])
            try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: inode)])
            try await it.settle()
            #expect(try await it.store.link(key)?.content?.locations == [content.location])
            #expect(try await it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
            try await it.apply([.finishLink(key, other)])
            try await it.settle()
            #expect(try await it.holds(.contentIsLive(content.id)))
            let end = try await it.apply([.finishLink(key, one)]) + Limits.linkFinishGrace
            try await it.settle()
            #expect(try await it.holds(.contentIsLive(content.id)))
            it.time.advance(by: Limits.linkFinishGrace + .seconds(1))
            #expect(try await it.store.retireLinks(limit: 9) == 1)
            #expect(try await it.store.link(key)?.link.state == .over(since: end))
            try await it.settle()
            #expect(try await !it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
        },
        Case("A content that its file has still outlives the claim too") { it in
            let content = it.content(stored: 4)
            let inode = try await it.makeFile("f", content: content)
            let (key, _) = try await it.makeLink("/f", for: inode)
            try await it.apply([.claimLink(key, one, it.pin(inode, content))])
            try await it.apply([.finishLink(key, one), .finishLink(key, one)])
            try await it.settle()
            #expect(try await it.holds(.contentIsLive(content.id)))
            try await it.apply([.finishLink(LinkKey(it.identifier()), one)])
            try await it.expectSound()
        },
        Case("A claim whose window is over ends and lets its content go") { it in
            let content = it.content(stored: 4)
            let inode = try await it.makeFile("f", content: content)
            let (key, _) = try await it.makeLink("/f", for: inode)
            let time = try await it.apply([.claimLink(key, one, it.pin(inode, content))])
            try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: inode)])
            it.time.advance(by: Limits.linkResumeWindow - .seconds(1))
            #expect(try await it.store.retireLinks(limit: 9) == 0)
            it.time.advance(by: .seconds(2))
            #expect(try await it.store.retireLinks(limit: 9) == 1)
            #expect(try await it.store.retireLinks(limit: 9) == 0)
            let state = try await it.store.link(key)?.link.state
            #expect(state == .over(since: time + Limits.linkResumeWindow))
            try await it.settle()
            #expect(try await !it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
        },
        Case("What is over or expired is known for a while, and then removed in steps") { it in
            let file = try await it.pin(it.makeFile("f"), nil)
            var keys: [LinkKey] = []
            for index in 0..<5 {
                let (key, _) = try await it.makeLink("/f", for: file.inode, lifetime: .seconds(10))
                keys.append(key)
                if index < 2 { try await it.apply([.claimLink(key, one, file), .finishLink(key, one)]) }
            }
            it.time.advance(by: Limits.linkFinishGrace + .seconds(1))
            #expect(try await it.store.retireLinks(limit: 9) == 2)
            it.time.advance(by: Limits.linkMemory - Limits.linkFinishGrace)
            #expect(try await it.store.retireLinks(limit: 9) == 0)
            it.time.advance(by: .seconds(11))
            #expect(try await it.store.retireLinks(limit: 2) == 2)
            #expect(try await it.store.retireLinks(limit: 9) == 1)
            it.time.advance(by: Limits.linkFinishGrace)
            #expect(try await it.store.retireLinks(limit: 9) == 2)
            #expect(try await it.store.retireLinks(limit: 9) == 0)
            for key in keys { #expect(try await it.store.link(key) == nil) }
        },
    ]
}

extension MetadataSubject {
    /// A link that is open.
    fileprivate func makeLink(
        _ path: String, for file: InodeID, lifetime: Duration = .seconds(600)
    ) async throws -> (LinkKey, DownloadLink) {
        let key = LinkKey(identifier())
        let link = DownloadLink(
            path: try FilePath(parsing: path), file: file, issuer: "ada",
            expiresAt: time.wallNow() + lifetime)
        try await apply([.addLink(key, link)])
        return (key, link)
    }

    fileprivate func pin(_ inode: InodeID, _ content: NewContent?) async throws -> PinnedFile {
        PinnedFile(
            inode: inode, content: content?.id, size: content?.size ?? 0, mediaType: MediaType("text/plain"),
            modifiedAt: WallTime(nanoseconds: -5))
    }
}
