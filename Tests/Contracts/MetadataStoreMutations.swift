import Domain
import Ports
import Testing

extension MetadataStoreContract {
    static let mutations: [Case] =
        [
            Case("A new file has the times of its commit, one link and first versions") { it in
                let content = it.content(stored: 9)
                let new = NewInode(
                    id: it.inodeID(), kind: .file, mode: FileMode(rawValue: 0o4755), owner: UserID(.max),
                    group: GroupID(.max), size: 9, content: content.id, mediaType: MediaType("text/plain"),
                    fence: FencingToken(.max))
                let time = try await it.apply([
                    .publishContent(content), .createInode(new),
                    .addEntry(parent: .root, name: FileName("f"), inode: new.id),
                ])
                #expect(try await it.inode("/f") == new.inode(at: time))
                #expect(try await it.inode("/").modifiedAt == time)
                try await it.expectSound()
            },
            Case("A time that is given is kept, other times are the commit's") { it in
                let given = WallTime(nanoseconds: -3)
                let new = NewInode(
                    id: it.inodeID(), kind: .symlink, mode: FileMode(rawValue: 0o777), owner: UserID(1),
                    group: GroupID(1), size: 4, modifiedAt: given, symlinkTarget: "/a b")
                let time = try await it.apply([
                    .createInode(new), .addEntry(parent: .root, name: FileName("l"), inode: new.id),
                ])
                let inode = try await it.inode("/l")
                #expect(inode.modifiedAt == given)
                #expect(inode.changedAt == time)
                #expect(inode.bornAt == time)
                #expect(inode.symlinkTarget == "/a b")
            },
            Case("Metadata is kept as it was given until it is set anew, which changes no other version") {
                it in
                var metadata = UserMetadata()
                try metadata.set("empty", to: "")
                try metadata.set("author", to: "Łódź = 🙂")
                let new = NewInode(
                    id: it.inodeID(), kind: .file, mode: FileMode(rawValue: 0o644), owner: UserID(1),
                    group: GroupID(1), metadata: metadata)
                try await it.apply([
                    .createInode(new), .addEntry(parent: .root, name: FileName("f"), inode: new.id),
                ])
                let before = try await it.inode("/f")
                #expect(before.metadata == metadata)
                var change = AttributeChange()
                change.metadata = UserMetadata()
                try await it.apply([.setAttributes(new.id, change)])
                let after = try await it.inode("/f")
                #expect(after.metadata.isEmpty)
                #expect(after.changeVersion == before.changeVersion + 1)
                #expect(after.accessVersion == before.accessVersion)
                #expect(EntityTag(of: after) == EntityTag(of: before))
            },
            Case("Several directories are made on the way in one changeset") { it in
                let outer = it.newInode(.directory)
                let inner = it.newInode(.directory)
                let time = try await it.apply([
                    .createInode(outer), .addEntry(parent: .root, name: FileName("a"), inode: outer.id),
                    .createInode(inner), .addEntry(parent: outer.id, name: FileName("b"), inode: inner.id),
                ])
                let resolution = try await it.resolve("/a/b")
                #expect(resolution.target == inner.inode(at: time))
                #expect(resolution.steps.first?.inode.changeVersion == 2)
            },
            Case("A second name raises the link count, and the inode stays until its last name goes") { it in
                let content = it.content(inline: [1, 2])
                let file = try await it.makeFile("f", content: content)
                let time = try await it.apply([.addEntry(parent: .root, name: FileName("g"), inode: file)])
                #expect(try await it.inode("/g").linkCount == 2)
                #expect(try await it.inode("/g").changedAt == time)
                try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: file)])
                #expect(try await it.inode("/g").linkCount == 1)
                #expect(try await !it.exists("/f"))
                #expect(try await it.store.counts().candidates == 0)
                try await it.apply([.removeEntry(parent: .root, name: FileName("g"), inode: file)])
                #expect(try await it.store.counts().candidates == 1)
                #expect(try await !it.holds(.access(file, version: 1)))
                try await it.expectSound()
            },
            Case("Removing an entry touches its directory") { it in
                let directory = try await it.makeDirectory("d")
                let file = try await it.makeFile("f", in: directory)
                let time = try await it.apply([
                    .removeEntry(parent: directory, name: FileName("f"), inode: file)
                ])
                let inode = try await it.inode("/d")
                #expect(inode.modifiedAt == time)
                #expect(inode.changedAt == time)
                #expect(inode.changeVersion == 3)
                #expect(inode.accessVersion == 1)
            },
            Case("A detached tree is gone at once, and its contents are candidates when it was reaped") {
                it in
                let top = try await it.makeDirectory("a")
                let inner = try await it.makeDirectory("b", in: top)
                for index in 0..<5 {
                    try await it.makeFile("f\(index)", in: inner, content: it.content(inline: [UInt8(index)]))
                }
                let time = try await it.apply([.detachTree(parent: .root, name: FileName("a"), inode: top)])
                #expect(try await !it.exists("/a"))
                #expect(try await it.inode("/").modifiedAt == time)
                #expect(try await it.store.counts().detachedTrees == 1)
                try await it.expectSound()
                var steps = 0
                while try await it.store.reapDetached(limit: 2) > 0 {
                    steps += 1
                    try await it.expectSound()
                }
                #expect(steps > 2)
                #expect(try await it.store.counts().candidates == 5)
                #expect(try await it.store.counts().detachedTrees == 0)
            },
            Case("A file that has a name outside survives the reaping of a tree") { it in
                let top = try await it.makeDirectory("a")
                let file = try await it.makeFile("f", in: top)
                try await it.apply([.addEntry(parent: .root, name: FileName("g"), inode: file)])
                try await it.apply([.detachTree(parent: .root, name: FileName("a"), inode: top)])
                try await it.settle()
                #expect(try await it.inode("/g").linkCount == 1)
                try await it.expectSound()
            },
            Case("A move takes the entry and all below it, and touches both directories") { it in
                let from = try await it.makeDirectory("from")
                let to = try await it.makeDirectory("to")
                let moved = try await it.makeDirectory("m", in: from)
                try await it.makeFile("f", in: moved)
                let time = try await it.apply([
                    .moveEntry(from: from, name: FileName("m"), to: to, newName: FileName("n"), inode: moved)
                ])
                #expect(try await it.exists("/to/n/f"))
                #expect(try await !it.exists("/from/m"))
                #expect(try await it.inode("/from").modifiedAt == time)
                #expect(try await it.inode("/to").modifiedAt == time)
                let inode = try await it.inode("/to/n")
                #expect(inode.changedAt == time)
                #expect(inode.modifiedAt < time)
                #expect(inode.linkCount == 1)
                try await it.expectSound()
            },
            Case("A rename within a directory touches it once") { it in
                let directory = try await it.makeDirectory("d")
                let file = try await it.makeFile("f", in: directory)
                try await it.apply([
                    .moveEntry(
                        from: directory, name: FileName("f"), to: directory, newName: FileName("g"),
                        inode: file)
                ])
                #expect(try await it.names(in: "/d") == ["g"])
                #expect(try await it.inode("/d").changeVersion == 3)
            },
            Case("A move replaces what was removed before it in the same changeset") { it in
                let content = it.content(stored: 1)
                let victim = try await it.makeFile("g", content: content)
                let file = try await it.makeFile("f")
                try await it.apply([
                    .removeEntry(parent: .root, name: FileName("g"), inode: victim),
                    .moveEntry(
                        from: .root, name: FileName("f"), to: .root, newName: FileName("g"), inode: file),
                ])
                #expect(try await it.inode("/g").id == file)
                #expect(try await it.names(in: "/") == ["g"])
                #expect(try await it.store.counts().candidates == 1)
            },
        ] + contents

    private static let contents: [Case] = [
        Case("A new content makes the row's old one a candidate") { it in
            let old = it.content(inline: [1])
            let new = it.content(stored: 5)
            let file = try await it.makeFile("f", content: old)
            let time = try await it.apply([
                .publishContent(new),
                .setContent(file, content: new.id, size: 5, mediaType: .keep, modifiedAt: nil),
            ])
            let inode = try await it.inode("/f")
            #expect(inode.content == new.id)
            #expect(inode.size == 5)
            #expect(inode.modifiedAt == time)
            #expect(inode.changeVersion == 2)
            #expect(inode.accessVersion == 1)
            #expect(try await it.store.counts().candidates == 1)
            try await it.expectSound()
        },
        Case("Emptying a file makes its content a candidate") { it in
            let file = try await it.makeFile("f", content: it.content(inline: [1]))
            let given = WallTime(nanoseconds: 77)
            try await it.apply([
                .setContent(file, content: nil, size: 0, mediaType: .keep, modifiedAt: given)
            ])
            let inode = try await it.inode("/f")
            #expect(inode.content == nil)
            #expect(inode.size == 0)
            #expect(inode.modifiedAt == given)
            #expect(try await it.store.counts().candidates == 1)
        },
        Case("Pointing a file at the content that it has makes nothing a candidate") { it in
            let content = it.content(inline: [1])
            let file = try await it.makeFile("f", content: content)
            try await it.apply([
                .setContent(file, content: content.id, size: 1, mediaType: .keep, modifiedAt: nil)
            ])
            #expect(try await it.store.counts().candidates == 0)
        },
        Case("The representation version rises when the media type becomes another") { it in
            let file = try await it.makeFile("f")
            let plain = try #require(MediaType("text/plain"))
            var change = AttributeChange()
            change.mediaType = .set(plain)
            try await it.apply([.setAttributes(file, change)])
            #expect(try await it.inode("/f").representationVersion == 2)
            try await it.apply([.setAttributes(file, change)])
            #expect(try await it.inode("/f").representationVersion == 2)
            try await it.apply([
                .setContent(file, content: nil, size: 0, mediaType: .set(nil), modifiedAt: nil)
            ])
            let inode = try await it.inode("/f")
            #expect(inode.representationVersion == 3)
            #expect(inode.mediaType == nil)
            #expect(inode.changeVersion == 4)
        },
        Case("Attributes change only where they are given") { it in
            let file = try await it.makeFile("f")
            let before = try await it.inode("/f")
            var change = AttributeChange()
            change.owner = UserID(3)
            change.modifiedAt = WallTime(nanoseconds: 8)
            let time = try await it.apply([.setAttributes(file, change)])
            var expected = before
            expected.owner = UserID(3)
            expected.modifiedAt = WallTime(nanoseconds: 8)
            expected.changedAt = time
            expected.accessVersion = 2
            expected.changeVersion = 2
            #expect(try await it.inode("/f") == expected)
        },
        Case("A fence never falls, and raising it is no change of the file") { it in
            let file = try await it.makeFile("f")
            try await it.apply([.raiseFence(file, FencingToken(9))])
            try await it.apply([.raiseFence(file, FencingToken(4))])
            let inode = try await it.inode("/f")
            #expect(inode.fence == FencingToken(9))
            #expect(inode.changeVersion == 1)
        },
        Case("Two files can share a content, and it stays while one refers to it") { it in
            let content = it.content(inline: [4, 5])
            let first = try await it.makeFile("f", content: content)
            let copy = it.newInode(.file, content: content)
            let outcome = try await it.commit(
                if: [.contentIsLive(content.id)],
                [.createInode(copy), .addEntry(parent: .root, name: FileName("g"), inode: copy.id)])
            guard case .committed = outcome else { throw UnexpectedRefusal(outcome: outcome) }
            try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: first)])
            try await it.settle()
            #expect(try await it.resolve("/g").content?.inlineBytes == [4, 5])
            try await it.apply([.removeEntry(parent: .root, name: FileName("g"), inode: copy.id)])
            try await it.settle()
            #expect(try await !it.holds(.contentIsLive(content.id)))
            try await it.expectSound()
        },
    ]
}
