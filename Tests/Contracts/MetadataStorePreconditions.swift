import Domain
import Ports
import Testing

/// The contract of `MetadataStore`.
package enum MetadataStoreContract {
    package typealias Case = ContractCase<MetadataSubject>

    package static var cases: [Case] {
        preconditions + mutations + refusals + reading + links + deciding + racing
    }
}

extension MetadataStoreContract {
    static let preconditions: [Case] =
        [
            Case("An entry is expected to lead where it leads") { it in
                let file = try await it.makeFile("f")
                let other = try await it.makeFile("g")
                let name = try FileName("f")
                #expect(try await it.holds(.entry(parent: .root, name: name, leadsTo: file)))
                #expect(try await !it.holds(.entry(parent: .root, name: name, leadsTo: other)))
                #expect(try await !it.holds(.entry(parent: .root, name: FileName("h"), leadsTo: file)))
                #expect(try await !it.holds(.entry(parent: it.inodeID(), name: name, leadsTo: file)))
            },
            Case("A name is free only in a directory that exists") { it in
                let file = try await it.makeFile("f")
                let directory = try await it.makeDirectory("d")
                let free = try FileName("free")
                #expect(try await it.holds(.noEntry(parent: directory, name: free)))
                #expect(try await !it.holds(.noEntry(parent: .root, name: FileName("f"))))
                #expect(try await !it.holds(.noEntry(parent: file, name: free)))
                #expect(try await !it.holds(.noEntry(parent: it.inodeID(), name: free)))
            },
            Case("The access version rises with mode, owner and group, and with nothing else") { it in
                let file = try await it.makeFile("f")
                #expect(try await it.holds(.access(file, version: 1)))
                var change = AttributeChange()
                change.modifiedAt = WallTime(nanoseconds: 5)
                try await it.apply([.setAttributes(file, change)])
                #expect(try await it.holds(.access(file, version: 1)))
                change = AttributeChange()
                change.mode = FileMode(rawValue: 0o600)
                try await it.apply([.setAttributes(file, change)])
                #expect(try await !it.holds(.access(file, version: 1)))
                #expect(try await it.holds(.access(file, version: 2)))
                try await it.apply([.setAttributes(file, change)])
                #expect(try await it.holds(.access(file, version: 2)))
                #expect(try await !it.holds(.access(it.inodeID(), version: 1)))
            },
            Case("The change version rises with every change, of a directory with each of its entries") {
                it in
                let directory = try await it.makeDirectory("d")
                #expect(try await it.holds(.unchanged(directory, version: 1)))
                try await it.makeFile("f", in: directory)
                #expect(try await it.holds(.unchanged(directory, version: 2)))
                var change = AttributeChange()
                change.group = GroupID(99)
                change.mode = FileMode(rawValue: 0o700)
                try await it.apply([.setAttributes(directory, change)])
                #expect(try await it.holds(.unchanged(directory, version: 3)))
                #expect(try await !it.holds(.unchanged(it.inodeID(), version: 1)))
            },
            Case("A directory is empty when it has no entries") { it in
                let directory = try await it.makeDirectory("d")
                #expect(try await it.holds(.emptyDirectory(directory)))
                let file = try await it.makeFile("f", in: directory)
                #expect(try await !it.holds(.emptyDirectory(directory)))
                #expect(try await !it.holds(.emptyDirectory(file)))
                #expect(try await !it.holds(.emptyDirectory(it.inodeID())))
            },
            Case("A directory is outside of what it is neither nor lies below") { it in
                let top = try await it.makeDirectory("a")
                let middle = try await it.makeDirectory("b", in: top)
                let bottom = try await it.makeDirectory("c", in: middle)
                let beside = try await it.makeDirectory("d")
                #expect(try await !it.holds(.outside(top, of: top)))
                #expect(try await !it.holds(.outside(bottom, of: top)))
                #expect(try await !it.holds(.outside(bottom, of: .root)))
                #expect(try await it.holds(.outside(top, of: bottom)))
                #expect(try await it.holds(.outside(beside, of: top)))
                #expect(try await it.holds(.outside(bottom, of: beside)))
            },
            Case("A file with two names is outside of neither of their directories") { it in
                let first = try await it.makeDirectory("a")
                let second = try await it.makeDirectory("b")
                let file = try await it.makeFile("f", in: first)
                try await it.apply([.addEntry(parent: second, name: FileName("g"), inode: file)])
                #expect(try await !it.holds(.outside(file, of: first)))
                #expect(try await !it.holds(.outside(file, of: second)))
            },
            Case("A fence lets its own token and higher ones pass") { it in
                let file = try await it.makeFile("f")
                #expect(try await it.holds(.fence(file, atMost: .none)))
                try await it.apply([.raiseFence(file, FencingToken(7))])
                #expect(try await !it.holds(.fence(file, atMost: FencingToken(6))))
                #expect(try await it.holds(.fence(file, atMost: FencingToken(7))))
                #expect(try await it.holds(.fence(file, atMost: FencingToken(.max))))
                #expect(try await !it.holds(.fence(it.inodeID(), atMost: FencingToken(.max))))
            },
            Case("A content is live from its publication to its condemnation") { it in
                let content = it.content(stored: 3)
                #expect(try await !it.holds(.contentIsLive(content.id)))
                let file = try await it.makeFile("f", content: content)
                #expect(try await it.holds(.contentIsLive(content.id)))
                try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: file)])
                #expect(try await it.holds(.contentIsLive(content.id)))
                try await it.settle()
                #expect(try await !it.holds(.contentIsLive(content.id)))
            },
            Case("The first precondition that is broken is the one that is named") { it in
                let broken = Precondition.access(.root, version: 99)
                let alsoBroken = Precondition.emptyDirectory(it.inodeID())
                let outcome = try await it.commit(if: [.access(.root, version: 1), broken, alsoBroken], [])
                #expect(outcome == .refused(.broken(broken)))
            },
            Case("A precondition is checked before any mutation of its changeset") { it in
                let new = it.newInode(.directory)
                let name = try FileName("d")
                let outcome = try await it.commit(
                    if: [.entry(parent: .root, name: name, leadsTo: new.id)],
                    [.createInode(new), .addEntry(parent: .root, name: name, inode: new.id)])
                #expect(
                    outcome == .refused(.broken(.entry(parent: .root, name: name, leadsTo: new.id))))
                #expect(try await !it.exists("/d"))
            },
        ] + removableTrees

    private static let stranger = Principal(name: "s", user: UserID(77), group: GroupID(77))
    private static let owner = Principal(
        name: "o", user: MetadataSubject.owner, group: MetadataSubject.group)
    private static let superuser = Principal(name: "root", user: .superuser, group: GroupID(0))

    private static let removableTrees: [Case] = [
        Case("A tree is removable to whom all of its non-empty directories let empty them") { it in
            let top = try await it.makeDirectory("a")
            let inner = try await it.makeDirectory("b", in: top)
            try await it.makeFile("f", in: inner, owner: UserID(5))
            #expect(try await it.holds(.removableTree(top, by: owner)))
            #expect(try await !it.holds(.removableTree(top, by: stranger)))
            var change = AttributeChange()
            change.mode = FileMode(rawValue: 0o555)
            try await it.apply([.setAttributes(inner, change)])
            #expect(try await !it.holds(.removableTree(top, by: owner)))
            #expect(try await it.holds(.removableTree(top, by: superuser)))
        },
        Case("An empty directory is removable whatever its mode") { it in
            let top = try await it.makeDirectory("a")
            try await it.makeDirectory("b", in: top, mode: 0, owner: UserID(5))
            #expect(try await it.holds(.removableTree(top, by: owner)))
        },
        Case("A directory that cannot be listed is not removable while it holds something") { it in
            let top = try await it.makeDirectory("a", mode: 0o300)
            #expect(try await it.holds(.removableTree(top, by: owner)))
            try await it.makeFile("f", in: top)
            #expect(try await !it.holds(.removableTree(top, by: owner)))
        },
        Case("The sticky bit keeps what belongs to others, but not from the directory's owner") { it in
            let top = try await it.makeDirectory("a", mode: 0o1777)
            try await it.makeFile("mine", in: top, owner: stranger.user)
            #expect(try await it.holds(.removableTree(top, by: stranger)))
            try await it.makeFile("theirs", in: top, owner: UserID(5))
            #expect(try await !it.holds(.removableTree(top, by: stranger)))
            #expect(try await it.holds(.removableTree(top, by: owner)))
            #expect(try await it.holds(.removableTree(top, by: superuser)))
        },
        Case("What does not exist is not removable") { it async throws in
            #expect(try await !it.holds(.removableTree(it.inodeID(), by: superuser)))
            #expect(try await !it.holds(.removableTree(it.inodeID(), by: owner)))
        },
        Case("A tree of too many directories is not checked in one transaction") { it in
            let top = try await it.makeDirectory("a")
            for index in 1..<MetadataSubject.treeDirectoriesMax {
                try await it.makeDirectory("d\(index)", in: top)
            }
            #expect(try await it.holds(.removableTree(top, by: owner)))
            try await it.makeDirectory("one more", in: top)
            let outcome = try await it.commit(if: [.removableTree(top, by: owner)], [])
            #expect(outcome == .refused(.treeTooLarge(top)))
            #expect(try await it.holds(.removableTree(top, by: superuser)))
        },
    ]
}
