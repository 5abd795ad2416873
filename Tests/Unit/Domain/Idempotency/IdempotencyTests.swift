import Domain
import Testing

@Suite("Idempotency keys and kept answers")
struct IdempotencyTests {
    @Test("A key is the same in quotes and bare")
    func keys() {
        let bare = IdempotencyKey(parsing: "8e03978e-40d5-43e8", of: "ada")
        #expect(bare?.text == "8e03978e-40d5-43e8")
        #expect(IdempotencyKey(parsing: "\"8e03978e-40d5-43e8\"", of: "ada") == bare)
        #expect(IdempotencyKey(parsing: "8e03978e-40d5-43e8", of: "bob") != bare)
        #expect(IdempotencyKey(parsing: "\"a b\\\"c\"", of: "ada")?.text == "a b\"c")
    }

    @Test(
        "What is no key is refused",
        arguments: ["", "\"\"", "a b", "\"a", "a\"b", "ä", "\"ä\"", String(repeating: "k", count: 256)])
    func noKeys(_ text: String) {
        #expect(IdempotencyKey(parsing: text, of: "ada") == nil)
        #expect(IdempotencyKey(parsing: String(repeating: "k", count: 255), of: "ada") != nil)
    }

    @Test("Requests are the same when head and body are, and a body that was not read is not compared")
    func claims() {
        let key = IdempotencyKey(stored: "k", of: "p")
        func claim(_ head: UInt8, _ body: UInt8?) -> IdempotencyClaim {
            IdempotencyClaim(key: key, head: [head], body: body.map { [$0] })
        }
        #expect(claim(1, 2).isSame(as: claim(1, 2)))
        #expect(claim(1, 2).isSame(as: claim(1, nil)))
        #expect(claim(1, nil).isSame(as: claim(1, 2)))
        #expect(!claim(1, 2).isSame(as: claim(1, 3)))
        #expect(!claim(1, nil).isSame(as: claim(2, nil)))
    }

    private func entry(_ isFull: Bool) throws -> RecordedAnswer {
        var metadata = UserMetadata()
        try metadata.set("a", to: "1")
        try metadata.set("b", to: "=ä=")
        let id = Identifier(high: .max, low: 7)
        let inode = Inode(
            id: InodeID(id), kind: isFull ? .file : .symlink, mode: FileMode(rawValue: 0o4755),
            owner: UserID(.max), group: GroupID(0), size: .max, modifiedAt: WallTime(nanoseconds: -5),
            changedAt: RecordedEntry.timeOfCommit, bornAt: .epoch, linkCount: 3, accessVersion: 4,
            changeVersion: .max, representationVersion: 6, content: isFull ? ContentID(id) : nil,
            mediaType: isFull ? MediaType("text/plain; charset=utf-8") : nil,
            symlinkTarget: isFull ? nil : "../x\ny", metadata: isFull ? metadata : UserMetadata(),
            fence: FencingToken(.max))
        let location = ContentLocation(id: LocationID(id), store: StoreID(id), isInline: true)
        return .entry(
            RecordedEntry(
                status: 201, path: try FilePath(parsing: "/a b/ä"), inode: inode,
                location: isFull ? location : nil, saysWhere: isFull,
                sha256: isFull ? [UInt8](0..<32) : nil))
    }

    private var refusal: RecordedAnswer {
        .refused(
            RecordedRefusal(
                status: 409, code: "FILE_ALREADY_EXISTS", message: "There is something.",
                details: [.init(name: "existing_path", value: "/f"), .init(name: "empty", value: "")],
                fields: [.init(name: "retry-after", value: "1")]))
    }

    @Test("What is kept comes back, and a part of it never passes for the whole")
    func coding() throws {
        for answer in [try entry(true), try entry(false), .done, refusal] {
            let stored = answer.stored
            #expect(RecordedAnswer(stored: stored) == answer)
            for count in stored.indices { #expect(RecordedAnswer(stored: Array(stored[..<count])) == nil) }
            #expect(RecordedAnswer(stored: stored + [0]) == nil)
        }
    }

    @Test("The time of the commit is put in where it was not known, and nowhere else")
    func times() throws {
        guard case .entry(let entry) = try entry(true) else { return }
        let time = WallTime(nanoseconds: 99)
        let inode = entry.committed(at: time).inode
        #expect(inode.changedAt == time)
        #expect(inode.modifiedAt == WallTime(nanoseconds: -5))
        #expect(inode.bornAt == .epoch)
    }
}
