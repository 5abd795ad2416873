import Domain
import Testing

@Suite("Links")
struct LinkTests {
    private let one = ClaimKey(Identifier(high: 1, low: 1))
    private let other = ClaimKey(Identifier(high: 1, low: 2))
    private let expiry = WallTime(nanoseconds: 1_000)
    private let file = PinnedFile(
        inode: InodeID(Identifier(high: 3, low: 3)), content: ContentID(Identifier(high: 2, low: 2)), size: 9,
        mediaType: MediaType("text/plain"), modifiedAt: .epoch)

    private func link() throws -> DownloadLink {
        DownloadLink(
            path: try FilePath(parsing: "/a"), file: file.inode, issuer: "ada", expiresAt: expiry)
    }

    @Test("One claimant gets the bytes, and nobody else")
    func single() throws {
        var link = try link()
        #expect(link.isOpen(at: .epoch))
        let wasClaimed = link.claim(one, pinning: file, at: .epoch)
        #expect(wasClaimed && !link.isOpen(at: .epoch))
        let before = link
        let again = [one, other].map { link.claim($0, pinning: file, at: .epoch) }
        #expect(again == [false, false] && link == before)
        #expect(link.resume(other, at: .epoch) == nil)
        #expect(link.pinnedContent == file.content)
    }

    @Test("A link is for one file, and no other is claimed with it")
    func otherFile() throws {
        var link = try link()
        let before = link
        let another = PinnedFile(
            inode: InodeID(Identifier(high: 3, low: 4)), content: file.content, size: file.size,
            mediaType: file.mediaType, modifiedAt: file.modifiedAt)
        let wasClaimed = link.claim(one, pinning: another, at: .epoch)
        #expect(!wasClaimed && link == before && !link.isOpen(at: .epoch, for: another.inode))
        let replaced = PinnedFile(
            inode: file.inode, content: nil, size: 0, mediaType: nil, modifiedAt: expiry)
        let wasClaimedLater = link.claim(one, pinning: replaced, at: .epoch)
        #expect(wasClaimedLater && link.resume(one, at: .epoch) == replaced)
    }

    @Test(
        "The claimant resumes the same bytes within the window, and shortly after all were sent"
    )
    func resume() throws {
        var link = try link()
        #expect(link.resume(one, at: .epoch) == nil)
        let start = WallTime(nanoseconds: 999)
        let wasClaimed = link.claim(one, pinning: file, at: start)
        #expect(wasClaimed)
        let end = start + Limits.linkResumeWindow
        #expect(link.resume(one, at: end - .nanoseconds(1)) == file)
        #expect(link.resume(one, at: end) == nil)
        let finishedByOther = link.finish(other, at: expiry)
        #expect(!finishedByOther && link.resume(one, at: expiry) == file)
        let finished = link.finish(one, at: expiry)
        let last = expiry + Limits.linkFinishGrace
        #expect(finished && link.state == .claimed(one, file, until: last))
        #expect(link.resume(one, at: last - .nanoseconds(1)) == file && link.resume(one, at: last) == nil)
        let finishedTwice = link.finish(one, at: last - .nanoseconds(1))
        #expect(!finishedTwice)
        let retired = link.retire(at: last)
        #expect(retired && link.state == .over(since: last) && link.pinnedContent == nil)
    }

    @Test("A claim that is finished late gets no more time than it had")
    func finishedLate() throws {
        var link = try link()
        let end = WallTime.epoch + Limits.linkResumeWindow
        let wasClaimed = link.claim(one, pinning: file, at: .epoch)
        let finished = link.finish(one, at: end - .seconds(1))
        #expect(wasClaimed && !finished && link.state == .claimed(one, file, until: end))
    }

    @Test("An expired link is not claimed, and is forgotten a while later")
    func expired() throws {
        var link = try link()
        #expect(!link.isOpen(at: expiry))
        let wasClaimed = link.claim(one, pinning: file, at: expiry)
        let wasRetired = link.retire(at: expiry)
        #expect(!wasClaimed && !wasRetired && link.state == .issued(for: file.inode))
        #expect(!link.isForgotten(at: expiry + Limits.linkMemory - .nanoseconds(1)))
        #expect(link.isForgotten(at: expiry + Limits.linkMemory))
    }

    @Test("A claim that nobody comes back to ends with its window, and only then")
    func abandoned() throws {
        var link = try link()
        let end = WallTime.epoch + Limits.linkResumeWindow
        let wasClaimed = link.claim(one, pinning: file, at: .epoch)
        let retiredEarly = link.retire(at: end - .nanoseconds(1))
        #expect(wasClaimed && !retiredEarly && !link.isForgotten(at: WallTime(nanoseconds: .max)))
        let retired = link.retire(at: end + .seconds(9))
        #expect(retired && link.state == .over(since: end) && link.pinnedContent == nil)
        #expect(link.isForgotten(at: end + Limits.linkMemory))
    }

    @Test("A claim has one spelling, and its file the tag that it had")
    func claims() throws {
        let secret = ClaimSecret((1...16).map { UInt8($0) })
        #expect(ClaimSecret(parsing: secret.text) == secret)
        for text in ["", secret.text + "A", String(secret.text.dropLast()), secret.text + "="] {
            #expect(ClaimSecret(parsing: text) == nil, "\(text)")
        }
        var inode = Inode(
            id: file.inode, kind: .file, mode: .defaultFile, owner: UserID(1), group: GroupID(1), size: 9,
            modifiedAt: .epoch, changedAt: .epoch, bornAt: .epoch, content: file.content,
            mediaType: file.mediaType)
        #expect(PinnedFile(inode) == file && file.tag == EntityTag(of: inode))
        inode.content = nil
        #expect(PinnedFile(inode).tag == EntityTag(of: inode))
    }

    @Test("Any bytes survive base64url, which has one spelling", arguments: 1...4)
    func base64(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<2_000 {
            let bytes = (0..<generator.number(below: 40)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            let text = Base64URL.encode(bytes)
            #expect(Base64URL.decode(text) == bytes, "seed \(seed), round \(round)")
            // Another last character that decodes at all decodes to something else.
            for last in "ABCDEFGHQgwz09-_" where !text.isEmpty && text.last != last {
                #expect(
                    Base64URL.decode(text.dropLast() + String(last)) != bytes, "seed \(seed), round \(round)")
            }
        }
    }

    @Test("The examples of RFC 4648 section 10 are written as it says, without padding")
    func vectors() {
        let vectors = [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
        ]
        for (plain, encoded) in vectors {
            #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        }
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        for text in ["Zg==", "A", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "é"] {
            #expect(Base64URL.decode(text) == nil, "\(text)")
        }
    }

    @Test("A token survives being written and read; any other text is none")
    func tokens() throws {
        var generator = SeededGenerator(seed: 3)
        let token = LinkToken(
            id: (0..<16).map { _ in UInt8(truncatingIfNeeded: generator.next()) },
            signature: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
        let text = token.description
        #expect(LinkToken(parsing: text) == token)
        for broken in [
            "", ".", text + "A", String(text.dropLast()), text.replacing(".", with: "A"),
            "." + text.dropFirst(),
        ] {
            #expect(LinkToken(parsing: broken) == nil, "\(broken)")
        }
    }

    @Test("No two links sign the same bytes")
    func signed() throws {
        let id = [UInt8](repeating: 1, count: 16)
        let base = LinkToken.signedBytes(id: id, path: try FilePath(parsing: "/a"), expiresAt: expiry)
        #expect(base.count == 1 + 16 + 8 + 8 + 2)
        #expect(base != LinkToken.signedBytes(id: id, path: try FilePath(parsing: "/b"), expiresAt: expiry))
        #expect(base != LinkToken.signedBytes(id: id, path: try FilePath(parsing: "/a"), expiresAt: .epoch))
        let other = [UInt8](repeating: 2, count: 16)
        #expect(
            base != LinkToken.signedBytes(id: other, path: try FilePath(parsing: "/a"), expiresAt: expiry))
    }
}
