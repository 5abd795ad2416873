import Domain
import Ports
import Testing

extension MetadataStoreContract {
    static let links: [Case] = [
        Case("A link in the middle is followed, and the resolution is of the place that it leads to") { it in
            let place = try await it.makeDirectory("place")
            let file = try await it.makeFile("f", in: place, content: it.content(inline: [5]))
            let link = try await it.makeSymlink("l", to: "place")
            let found = try await it.resolve("/l/f")
            #expect(found.path.description == "/place/f")
            #expect(found.steps.map(\.inode.id) == [place, file])
            #expect(found.detours.map(\.step.inode.id) == [link])
            #expect(found.content?.inlineBytes == [5])
        },
        Case("A link at the end is followed when that is asked for") { it in
            let file = try await it.makeFile("f", content: it.content(inline: [5]))
            let link = try await it.makeSymlink("l", to: "/f")
            #expect(try await it.resolve("/l", following: .all).target?.id == file)
            #expect(try await it.resolve("/l", following: .all).content?.inlineBytes == [5])
            #expect(try await it.resolve("/l").target?.id == link)
            #expect(try await it.resolve("/l").detours == [])
            #expect(try await it.resolve("/l", following: .never).target?.id == link)
        },
        Case("Dots in a target mean the directory that was reached, and nothing is above the root") { it in
            let outer = try await it.makeDirectory("a")
            let inner = try await it.makeDirectory("b", in: outer)
            let elsewhere = try await it.makeDirectory("c")
            try await it.makeSymlink("into", to: "/a/b", in: elsewhere)
            try await it.makeSymlink("up", to: "into/..//./b/", in: elsewhere)
            try await it.makeSymlink("out", to: "../../../../c/..", in: elsewhere)
            let up = try await it.resolve("/c/up", following: .all)
            #expect(up.target?.id == inner)
            #expect(up.path.description == "/a/b")
            #expect(
                up.detours.map { up.path(of: $0).description } == ["/c", "/c/up", "/c/into", "/a", "/a/b"])
            #expect(try await it.resolve("/c/out", following: .all).target?.id == .root)
            #expect(try await it.resolve("/c/out/a").target?.id == outer)
        },
        Case("Forty links are followed, and not one more") { it in
            let file = try await it.makeFile("0")
            for index in 1...41 { try await it.makeSymlink("\(index)", to: "\(index - 1)") }
            #expect(try await it.resolve("/40", following: .all).target?.id == file)
            let tooFar = try await it.resolve("/41", following: .all)
            #expect(tooFar.target == nil)
            #expect(tooFar.obstacle == .linkLoop)
            try await it.makeSymlink("circle", to: "circle")
            #expect(try await it.resolve("/circle/x").obstacle == .linkLoop)
        },
        Case("A link that leads nowhere resolves to the name that is missing") { it in
            let directory = try await it.makeDirectory("d")
            try await it.makeSymlink("l", to: "d/new")
            let dangling = try await it.resolve("/l", following: .all)
            #expect(dangling.path.description == "/d/new")
            #expect(dangling.deepest.id == directory)
            #expect(dangling.missing.map(\.text) == ["new"])
            #expect(dangling.obstacle == nil)
            #expect(try await it.resolve("/l/x").obstacle == .missing)
            let below = try await it.resolve("/d/x/y")
            #expect(below.missing.count == 2 && below.obstacle == nil)
        },
        Case("A target goes on behind directories only") { it in
            try await it.makeFile("f")
            try await it.makeSymlink("l", to: "f/..")
            try await it.makeSymlink("m", to: "f/")
            try await it.makeSymlink("long", to: String(repeating: "n", count: 256))
            #expect(try await it.resolve("/l", following: .all).obstacle == .notADirectory)
            #expect(try await it.resolve("/m", following: .all).demandsDirectory)
            #expect(try await it.resolve("/long", following: .all).obstacle == .nameTooLong)
        },
        Case("A listing stops when a link on the way to it was replaced, or its directory closed") { it in
            let place = try await it.makeDirectory("place")
            try await it.makeFile("f", in: place)
            let hall = try await it.makeDirectory("hall")
            let link = try await it.makeSymlink("l", to: "/place", in: hall)
            let resolution = try await it.resolve("/hall/l", following: .all)
            #expect(try await it.store.list(resolution, after: nil, limit: 9)?.entries.count == 1)
            var change = AttributeChange()
            change.mode = FileMode(rawValue: 0o700)
            try await it.apply([.setAttributes(hall, change)])
            #expect(try await it.store.list(resolution, after: nil, limit: 9) == nil)
            let again = try await it.resolve("/hall/l", following: .all)
            try await it.apply([.removeEntry(parent: hall, name: FileName("l"), inode: link)])
            try await it.makeSymlink("l", to: "/place", in: hall)
            #expect(try await it.store.list(again, after: nil, limit: 9) == nil)
        },
        Case("Content that is replaced under one name is seen under the other") { it in
            let file = try await it.makeFile("f", content: it.content(inline: [1]))
            try await it.apply([.addEntry(parent: .root, name: FileName("g"), inode: file)])
            let new = it.content(inline: [2, 3])
            try await it.apply([
                .publishContent(new),
                .setContent(file, content: new.id, size: 2, mediaType: .keep, modifiedAt: nil),
            ])
            #expect(try await it.resolve("/g").content?.inlineBytes == [2, 3])
            #expect(try await it.inode("/f") == it.inode("/g"))
            try await it.apply([.removeEntry(parent: .root, name: FileName("f"), inode: file)])
            #expect(try await it.resolve("/g").content?.inlineBytes == [2, 3])
            try await it.expectSound()
        },
    ]
}
