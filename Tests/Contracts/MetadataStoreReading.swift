import Domain
import Ports
import TestSupport
import Testing

extension MetadataStoreContract {
    static let reading: [Case] = [
        Case("A new filesystem has a root and nothing else") { it in
            let resolution = try await it.resolve("/")
            let root = try #require(resolution.target)
            #expect(
                root == .root(owner: MetadataSubject.owner, group: MetadataSubject.group, at: root.bornAt))
            #expect(try await it.names(in: "/") == [])
            try await it.expectSound()
        },
        Case("A path is walked as far as it exists") { it in
            let directory = try await it.makeDirectory("a")
            try await it.makeFile("f", in: directory)
            let found = try await it.resolve("/a/f")
            #expect(found.steps.map(\.name.text) == ["a", "f"])
            let missing = try await it.resolve("/a/x/y")
            #expect(missing.steps.map(\.inode.id) == [directory])
            #expect(missing.target == nil)
            #expect(missing.missing.map(\.text) == ["x", "y"])
            #expect(try await it.resolve("/none").steps.isEmpty)
        },
        Case("A file in the middle ends the walk, and so does a link that is not to be followed") { it in
            try await it.makeSymlink("l", to: "elsewhere")
            try await it.makeFile("f")
            #expect(try await it.resolve("/f/x").steps.map(\.inode.kind) == [.file])
            let link = try await it.resolve("/l/x", following: .never)
            #expect(link.steps.map(\.inode.kind) == [.symlink])
            #expect(link.path.description == "/l/x")
        },
        Case("A content comes along as far as it was asked for") { it in
            let content = it.content(inline: [9, 8, 7])
            try await it.makeFile("f", content: content)
            #expect(try await it.resolve("/f", content: .none).content == nil)
            let reference = try await it.resolve("/f", content: .reference).content
            #expect(
                reference
                    == Content(
                        id: content.id, size: 3, digests: content.digests, locations: [content.location]))
            #expect(try await it.resolve("/f", content: .inlineBytes).content?.inlineBytes == [9, 8, 7])
            #expect(try await it.resolve("/", content: .inlineBytes).content == nil)
        },
        Case("Contents of every size come back as they were") { it in
            for size in [0, 1, 1_000, 4_096, 70_000] {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try await it.makeFile("f\(size)", content: it.content(inline: bytes))
                #expect(try await it.resolve("/f\(size)").content?.inlineBytes == bytes)
            }
            let stored = it.content(stored: .max)
            try await it.makeFile("stored", content: stored)
            let content = try await it.resolve("/stored").content
            #expect(content?.size == .max)
            #expect(content?.inlineBytes == nil)
            #expect(content?.digests == Digests())
        },
        Case("Names are kept byte by byte and ordered by their bytes") { it in
            let names = ["B", "a", "\u{e9}", "e\u{301}", "Z", "b b", "\u{1F600}", "\u{FF5E}", "aa", "%"]
            for name in names { try await it.makeFile(name) }
            let expected = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let listed = try await it.names(in: "/")
            #expect(listed.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
            for name in names { #expect(try await it.exists("/" + name)) }
        },
        Case("A listing goes on where the last page ended, without a gap or a repetition") { it in
            let expected = (0..<23).map { String(decoding: [UInt8(65 + $0)], as: UTF8.self) }
            for name in expected.reversed() { try await it.makeFile(name) }
            for limit in [1, 4, 22, 23, 24] {
                #expect(try await it.names(in: "/", pageLimit: limit) == expected)
            }
        },
        Case("A page says where files are kept") { it in
            let stored = it.content(stored: 6)
            let inline = it.content(inline: [1])
            try await it.makeFile("a", content: stored)
            try await it.makeFile("b", content: inline)
            try await it.makeFile("c")
            try await it.makeDirectory("d")
            let page = try await it.store.list(it.resolve("/"), after: nil, limit: 10)
            #expect(page?.entries.map(\.location) == [stored.location, inline.location, nil, nil])
            #expect(page?.entries.map(\.inode.kind) == [.file, .file, .file, .directory])
            #expect(page?.hasMore == false)
        },
        Case("A page after a name that is gone goes on behind it") { it in
            for name in ["a", "c"] { try await it.makeFile(name) }
            let page = try await it.store.list(it.resolve("/"), after: FileName("b"), limit: 10)
            #expect(page?.entries.map(\.name.text) == ["c"])
        },
        Case("A listing stops when its chain broke: moved, removed, or another mode on the way") { it in
            let outer = try await it.makeDirectory("a")
            let inner = try await it.makeDirectory("b", in: outer)
            let resolution = try await it.resolve("/a/b")
            try await it.makeFile("f", in: inner)
            #expect(try await it.store.list(resolution, after: nil, limit: 9)?.entries.count == 1)
            var change = AttributeChange()
            change.mode = FileMode(rawValue: 0o700)
            try await it.apply([.setAttributes(outer, change)])
            #expect(try await it.store.list(resolution, after: nil, limit: 9) == nil)
            let again = try await it.resolve("/a/b")
            #expect(try await it.store.list(again, after: nil, limit: 9) != nil)
            try await it.apply([
                .moveEntry(
                    from: outer, name: FileName("b"), to: .root, newName: FileName("b"), inode: inner)
            ])
            #expect(try await it.store.list(again, after: nil, limit: 9) == nil)
            try await it.apply([.setAttributes(.root, change)])
            let root = try await it.resolve("/")
            #expect(try await it.store.list(root, after: nil, limit: 9) != nil)
        },
        Case("The store's time never goes back, whatever the clock does") { it in
            let first = try await it.store.now()
            it.time.jumpWall(by: .seconds(-3_600))
            let resolved = try await it.resolve("/").time
            #expect(resolved >= first)
            let second = try await it.apply([])
            let third = try await it.apply([])
            #expect(second > first)
            #expect(third > second)
            #expect(try await it.store.now() >= third)
            it.time.jumpWall(by: .seconds(7_200))
            #expect(try await it.apply([]) >= it.time.wallNow())
        },
    ]
}
