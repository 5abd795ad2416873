import Domain
import Ports
import Testing

extension MetadataStoreContract {
    /// Mutations whose ground is gone, although no precondition said so.
    static let refusals: [Case] = [
        Case("A refused changeset leaves nothing behind, whichever of its mutations failed") { it in
            let directory = it.newInode(.directory)
            let content = it.content(inline: [1, 2, 3])
            let before = try await it.inode("/")
            let outcome = try await it.commit([
                .publishContent(content), .createInode(directory),
                .addEntry(parent: .root, name: FileName("d"), inode: directory.id),
                .addEntry(parent: .root, name: FileName("d"), inode: directory.id),
            ])
            #expect(outcome == .refused(.broken(.noEntry(parent: .root, name: try FileName("d")))))
            #expect(try await it.inode("/") == before)
            #expect(try await !it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
        },
        Case("A name that is taken is not given again") { it in
            let name = try FileName("f")
            let file = try await it.makeFile("f")
            let new = it.newInode(.file)
            let outcome = try await it.commit([
                .createInode(new), .addEntry(parent: .root, name: name, inode: new.id),
            ])
            #expect(outcome == .refused(.broken(.noEntry(parent: .root, name: name))))
            #expect(try await it.inode("/f").id == file)
        },
        Case("Nothing gets a name in what is not a directory") { it in
            let file = try await it.makeFile("f")
            let new = it.newInode(.file)
            let name = try FileName("g")
            for parent in [file, it.inodeID()] {
                let outcome = try await it.commit([
                    .createInode(new), .addEntry(parent: parent, name: name, inode: new.id),
                ])
                #expect(outcome == .refused(.broken(.noEntry(parent: parent, name: name))))
            }
        },
        Case("An inode that does not exist is refused by its version") { it in
            let missing = it.inodeID()
            let refusal = CommitOutcome.refused(.broken(.unchanged(missing, version: 0)))
            let mutations: [Mutation] = [
                .addEntry(parent: .root, name: try FileName("f"), inode: missing),
                .setAttributes(missing, AttributeChange()), .raiseFence(missing, FencingToken(1)),
                .setContent(missing, content: nil, size: 0, mediaType: .keep, modifiedAt: nil),
            ]
            for mutation in mutations { #expect(try await it.commit([mutation]) == refusal) }
        },
        Case("A directory has no second name and no content") { it in
            let directory = try await it.makeDirectory("d")
            let refusal = CommitOutcome.refused(.broken(.unchanged(directory, version: 0)))
            let named = try await it.commit([
                .addEntry(parent: .root, name: FileName("e"), inode: directory)
            ])
            #expect(named == refusal)
            let filled = try await it.commit([
                .setContent(directory, content: nil, size: 0, mediaType: .keep, modifiedAt: nil)
            ])
            #expect(filled == refusal)
        },
        Case("An entry that leads elsewhere is neither removed, detached nor moved") { it in
            let file = try await it.makeFile("f")
            try await it.makeFile("g")
            let name = try FileName("g")
            let refusal = CommitOutcome.refused(.broken(.entry(parent: .root, name: name, leadsTo: file)))
            let mutations: [Mutation] = [
                .removeEntry(parent: .root, name: name, inode: file),
                .detachTree(parent: .root, name: name, inode: file),
                .moveEntry(from: .root, name: name, to: .root, newName: try FileName("h"), inode: file),
            ]
            for mutation in mutations { #expect(try await it.commit([mutation]) == refusal) }
            #expect(try await it.names(in: "/") == ["f", "g"])
        },
        Case("A directory with entries is not removed as an entry") { it in
            let directory = try await it.makeDirectory("d")
            try await it.makeFile("f", in: directory)
            let outcome = try await it.commit([
                .removeEntry(parent: .root, name: FileName("d"), inode: directory)
            ])
            #expect(outcome == .refused(.broken(.emptyDirectory(directory))))
        },
        Case("A move does not overwrite") { it in
            let file = try await it.makeFile("f")
            try await it.makeFile("g")
            let outcome = try await it.commit([
                .moveEntry(from: .root, name: FileName("f"), to: .root, newName: FileName("g"), inode: file)
            ])
            #expect(outcome == .refused(.broken(.noEntry(parent: .root, name: try FileName("g")))))
            #expect(try await it.names(in: "/") == ["f", "g"])
        },
        Case("The identifier of an inode or a content is given once") { it in
            let content = it.content(stored: 1)
            let file = try await it.makeFile("f", content: content)
            let again = NewInode(
                id: file, kind: .directory, mode: .defaultDirectory, owner: UserID(1), group: GroupID(1))
            #expect(try await it.commit([.createInode(again)]) == .refused(.identifierTaken))
            #expect(try await it.commit([.publishContent(content)]) == .refused(.identifierTaken))
            let sameContent = NewContent(
                id: content.id, size: 1, digests: Digests(), location: it.content(stored: 1).location,
                inlineBytes: nil)
            #expect(try await it.commit([.publishContent(sameContent)]) == .refused(.identifierTaken))
            try await it.expectSound()
        },
        Case("A location that the sweep claimed is not published") { it in
            let content = it.content(stored: 1)
            let claimed = try await it.store.claimOrphans([content.location.id], in: it.place)
            #expect(claimed == [content.location.id])
            #expect(try await it.commit([.publishContent(content)]) == .refused(.locationClaimed))
        },
        Case("Nothing refers to a content that is not live") { it in
            let unknown = it.content(stored: 1)
            let refusal = CommitOutcome.refused(.broken(.contentIsLive(unknown.id)))
            let new = it.newInode(.file, content: unknown)
            let created = try await it.commit([
                .createInode(new), .addEntry(parent: .root, name: FileName("f"), inode: new.id),
            ])
            #expect(created == refusal)
            let file = try await it.makeFile("g")
            let set = try await it.commit([
                .setContent(file, content: unknown.id, size: 1, mediaType: .keep, modifiedAt: nil)
            ])
            #expect(set == refusal)
        },
    ]
}
