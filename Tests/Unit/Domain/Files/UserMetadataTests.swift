import Domain
import Testing

@Suite("User metadata")
struct UserMetadataTests {
    private func metadata(_ pairs: [(String, String)]) throws -> UserMetadata {
        var metadata = UserMetadata()
        for (name, value) in pairs { try metadata.set(name, to: value) }
        return metadata
    }

    @Test("Names are kept in lower case and in order, the latest value counts")
    func order() throws {
        let metadata = try metadata([("Zeta", "1"), ("alpha", "2"), ("ZETA", "3"), ("0", "")])
        #expect(metadata.entries.map(\.name) == ["0", "alpha", "zeta"])
        #expect(metadata["zeta"] == "3")
        #expect(metadata["missing"] == nil)
    }

    @Test(
        "What no field of HTTP could carry is no name",
        arguments: ["", ".a", "-a", "a b", "a=b", "ä", "a\n", String(repeating: "a", count: 65)])
    func names(_ name: String) {
        var metadata = UserMetadata()
        #expect(throws: UserMetadataRefusal.name(PrintableText.quoted(name))) {
            try metadata.set(name, to: "v")
        }
        #expect(throws: UserMetadataRefusal.self) { try metadata.remove(name) }
        #expect(metadata.isEmpty)
    }

    @Test(
        "A value prints and has no space around it",
        arguments: [" a", "a ", "a\nb", "a\tb", "\u{7F}", "\u{202E}a", "\u{85}"])
    func values(_ value: String) {
        var metadata = UserMetadata()
        #expect(throws: UserMetadataRefusal.value(ofName: "n")) { try metadata.set("n", to: value) }
        #expect(metadata.isEmpty)
    }

    @Test("Entries and bytes are bounded, and what is refused changes nothing")
    func bounds() throws {
        var many = UserMetadata()
        for index in 0..<Limits.userMetadataEntriesMax { try many.set("n\(index)", to: "v") }
        #expect(throws: UserMetadataRefusal.tooMany) { try many.set("one-more", to: "v") }
        try many.set("n0", to: "w")
        #expect(many.entries.count == Limits.userMetadataEntriesMax)

        var large = UserMetadata()
        try large.set("n", to: String(repeating: "v", count: Limits.userMetadataBytesMax - 1))
        #expect(throws: UserMetadataRefusal.tooLarge) { try large.set("m", to: "") }
        #expect(large.entries.count == 1)
    }

    @Test("What is stored comes back")
    func stored() throws {
        let metadata = try metadata([("a", ""), ("b", "x=y z"), ("c", "Łódź 🙂")])
        #expect(UserMetadata(stored: metadata.stored) == metadata)
        #expect(UserMetadata(stored: "") == UserMetadata())
        #expect(UserMetadata(stored: "no equals sign") == nil)
    }

    @Test("A merge sets and removes names and keeps the rest; removals make room")
    func merge() throws {
        let before = try metadata([("keep", "1"), ("gone", "2"), ("other", "3")])
        let change = UserMetadataChange.merge([("other", "4"), ("GONE", nil), ("absent", nil)])
        #expect(try change.applied(to: before) == metadata([("keep", "1"), ("other", "4")]))
        #expect(try UserMetadataChange.keep.applied(to: before) == before)
        #expect(try UserMetadataChange.replace(UserMetadata()).applied(to: before).isEmpty)

        var full = UserMetadata()
        for index in 0..<Limits.userMetadataEntriesMax { try full.set("n\(index)", to: "v") }
        let swap = UserMetadataChange.merge([("new", "v"), ("n0", nil)])
        #expect(try swap.applied(to: full)["new"] == "v")
    }

    @Test("To change it takes the right to write, and in a sticky directory ownership; a link has none")
    func rights() {
        let root = Inode.root(owner: UserID(1), group: GroupID(1), at: .epoch)
        let other = Principal(name: "o", user: UserID(2), group: GroupID(2))
        let owner = Principal(name: "p", user: UserID(1), group: GroupID(1))
        func allows(_ mode: UInt16, _ kind: FileKind, _ principal: Principal) -> Bool {
            let inode = Inode(
                id: root.id, kind: kind, mode: FileMode(rawValue: mode), owner: root.owner, group: root.group,
                modifiedAt: .epoch, changedAt: .epoch, bornAt: .epoch)
            return (try? AccessPolicy.requireMetadataChange(of: inode, at: .root, by: principal)) != nil
        }
        #expect(allows(0o666, .file, other))
        #expect(!allows(0o644, .file, other))
        #expect(!allows(0o444, .file, owner))
        #expect(allows(0o777, .directory, other))
        #expect(!allows(0o1777, .directory, other))
        #expect(allows(0o1777, .directory, owner))
        #expect(!allows(0o777, .symlink, owner))
    }
}
