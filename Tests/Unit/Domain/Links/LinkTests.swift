import Domain
import Testing

@Suite("Links")
struct LinkTests {
    private let one = ClaimID(Identifier(high: 1, low: 1))
    private let other = ClaimID(Identifier(high: 1, low: 2))
    private let content = ContentID(Identifier(high: 2, low: 2))
    private let expiry = WallTime(nanoseconds: 1_000)

    private func link() throws -> DownloadLink {
        DownloadLink(path: try FilePath(parsing: "/a"), issuer: UserID(1), expiresAt: expiry)
    }

    @Test("One claimant gets the bytes, every other is told that the link is gone")
    func single() throws {
        var link = try link()
        #expect(link.claim(one, pinning: content, at: .epoch) == .serve(content))
        #expect(link.claim(other, pinning: content, at: .epoch) == .gone)
        #expect(link.claim(one, pinning: content, at: .epoch) == .gone)
        #expect(link.resume(other, at: .epoch) == .gone)
    }

    @Test("The claimant resumes within the window, with the same bytes, until all were sent")
    func resume() throws {
        var link = try link()
        #expect(link.resume(one, at: .epoch) == .gone)
        #expect(link.claim(one, pinning: content, at: WallTime(nanoseconds: 999)) == .serve(content))
        let end = WallTime(nanoseconds: 999) + Limits.linkResumeWindow
        #expect(link.resume(one, at: end - .nanoseconds(1)) == .serve(content))
        #expect(link.resume(one, at: end) == .gone)
        link.finish(other)
        #expect(link.resume(one, at: expiry) == .serve(content))
        link.finish(one)
        #expect(link.state == .consumed && link.resume(one, at: expiry) == .gone)
        #expect(link.claim(other, pinning: content, at: .epoch) == .gone)
    }

    @Test("An expired link is not claimed, and is over")
    func expired() throws {
        var link = try link()
        #expect(!link.isOver(at: WallTime(nanoseconds: 999)) && link.isOver(at: expiry))
        #expect(link.claim(one, pinning: content, at: expiry) == .gone)
        #expect(link.state == .issued)
    }

    @Test("A claimed link is over after its window, a consumed one at once")
    func over() throws {
        var link = try link()
        _ = link.claim(one, pinning: nil, at: .epoch)
        #expect(!link.isOver(at: expiry) && link.isOver(at: .epoch + Limits.linkResumeWindow))
        link.finish(one)
        #expect(link.isOver(at: .epoch))
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
