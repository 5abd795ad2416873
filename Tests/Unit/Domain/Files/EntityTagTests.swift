import Domain
import Testing

@Suite("Entity tags")
struct EntityTagTests {
    private func file(content: UInt64? = nil, type: String = "a/b", change: UInt64 = 1) -> Inode {
        Inode(
            id: InodeID(Identifier(high: 3, low: 4)), kind: .file, mode: .defaultFile, owner: UserID(1),
            group: GroupID(1), modifiedAt: .epoch, changedAt: .epoch, bornAt: .epoch, changeVersion: change,
            content: content.map { ContentID(Identifier(high: 9, low: $0)) }, mediaType: MediaType(type))
    }

    @Test("A file's tag follows its bytes and its representation, and nothing else")
    func files() {
        let tag = EntityTag(of: file(content: 1))
        #expect(!tag.isWeak)
        #expect(tag == EntityTag(of: file(content: 1, change: 9)))
        #expect(tag != EntityTag(of: file(content: 2)))
        #expect(tag != EntityTag(of: file(content: 1, type: "a/c")))
        #expect(EntityTag(of: file()) == EntityTag(of: file(change: 2)))
        #expect(EntityTag(of: file()) != EntityTag(of: file(type: "a/c")))
    }

    @Test("A directory's tag follows every change of it")
    func directories() {
        var directory = Inode.root(owner: UserID(1), group: GroupID(1), at: .epoch)
        let tag = EntityTag(of: directory)
        directory.changeVersion += 1
        #expect(!tag.isWeak && tag != EntityTag(of: directory))
    }

    @Test("Any tag survives being written and read", arguments: 1...4)
    func roundTrip(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let characters =
            (0x21...0x7E).filter { $0 != 0x22 }.map { Character(Unicode.Scalar(UInt8($0))) } + ["é", "日"]
        for round in 0..<2_000 {
            let opaque = String(
                (0..<generator.number(below: 10)).map { _ in generator.element(of: characters) })
            let tag = EntityTag(opaque: opaque, isWeak: generator.happens(Ratio(1, of: 2)))
            #expect(EntityTag(parsing: tag.description) == tag, "seed \(seed), round \(round): \(tag)")
        }
    }

    @Test(
        "What is no tag is refused",
        arguments: [
            "", "\"", "a", "\"a", "a\"", "\"a\"b\"", "\"a b\"", "w/\"a\"", "W\"a\"", "W/ \"a\"", " \"a\"",
            "\"a\" ",
            "'a'", "\"a\\\"\"", "\"\u{7F}\"", "\"a\tb\"", "*",
        ])
    func malformed(text: String) {
        #expect(EntityTag(parsing: text) == nil)
    }

    @Test("The comparisons are those of RFC 9110 section 8.8.3.2, table 3")
    func comparisons() {
        let (weak1, weak2) = (EntityTag(opaque: "1", isWeak: true), EntityTag(opaque: "2", isWeak: true))
        let strong1 = EntityTag(opaque: "1")
        #expect(!weak1.matchesStrongly(weak1) && weak1.matchesWeakly(weak1))
        #expect(!weak1.matchesStrongly(weak2) && !weak1.matchesWeakly(weak2))
        #expect(!weak1.matchesStrongly(strong1) && weak1.matchesWeakly(strong1))
        #expect(strong1.matchesStrongly(strong1) && strong1.matchesWeakly(strong1))
        #expect(!EntityTag(opaque: "\u{E9}").matchesWeakly(EntityTag(opaque: "e\u{301}")))
    }
}
