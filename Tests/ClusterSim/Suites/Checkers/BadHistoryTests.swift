import Domain
import SimCheckers
import Testing

/// What no correct filesystem answers is convicted.
@Suite("Histories that are not linearizable")
struct BadHistoryTests {
    private static let exclusive = WriteOptions(exclusive: true)

    /// A history with `/a` in it, of body 1.
    private func withFile() -> Script {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        return script
    }

    @Test("A stale read: the old content after the new was acknowledged")
    func staleRead() {
        var script = withFile()
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .read("/a"), .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("Two reads that see a change and then not")
    func readsGoBack() {
        var script = withFile()
        let write = script.begin(1, .write("/a", .body(2)))
        script.now(2, .read("/a"), .content(.body(2)))
        script.now(3, .read("/a"), .content(.body(1)))
        script.end(write, .replaced(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("A lost update: two writers with one tag both succeed")
    func lostUpdate() {
        var script = withFile()
        let match = WriteOptions(conditions: CallConditions(ifMatch: .tag(BodyValue.body(1).tag)))
        let first = script.begin(1, .write("/a", .body(2), match))
        let second = script.begin(2, .write("/a", .body(3), match))
        script.end(first, .replaced(.body(2)))
        script.end(second, .replaced(.body(3)))
        #expect(!script.isAcquitted)
    }

    @Test("A condition that was looked at before the body only")
    func conditionTooEarly() {
        var script = withFile()
        let match = CallConditions(ifMatch: .tag(BodyValue.body(1).tag))
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .remove("/a", match), .done)
        #expect(!script.isAcquitted)
    }

    @Test("An acknowledged file that is gone after a crash")
    func lostAfterCrash() {
        var script = withFile()
        script.now(2, .read("/a"), .refused(.notFound))
        #expect(!script.isAcquitted)
    }

    @Test("A write without an answer that happens twice")
    func twice() {
        var script = withFile()
        script.lost(1, .write("/a", .body(2)))
        script.now(2, .read("/a"), .content(.body(2)))
        script.now(2, .write("/a", .body(3)), .replaced(.body(3)))
        script.now(2, .read("/a"), .content(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("A write without an answer that takes effect after it was settled")
    func afterSettling() {
        var script = withFile()
        let lost = script.lost(1, .write("/a", .body(2)))
        script.settle(lost)
        script.now(2, .read("/a"), .content(.body(1)))
        script.now(2, .read("/a"), .content(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("Two creators of one file that both made it")
    func twoCreators() {
        var script = Script()
        let first = script.begin(1, .write("/a", .body(1), Self.exclusive))
        let second = script.begin(2, .write("/a", .body(2), Self.exclusive))
        script.end(first, .created(.body(1)))
        script.end(second, .created(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("Two that replaced at once, and each made it new")
    func bothNew() {
        var script = Script()
        let first = script.begin(1, .write("/a", .body(1)))
        let second = script.begin(2, .write("/a", .body(2)))
        script.end(first, .created(.body(1)))
        script.end(second, .created(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("A file that is under its old name after it was moved")
    func movedAndThere() {
        var script = withFile()
        script.now(1, .move("/a", to: "/b"), .movedFile)
        script.now(2, .read("/a"), .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("A move that is seen at neither end")
    func neitherEnd() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        let move = script.begin(1, .move("/a", to: "/b"))
        let list = script.begin(2, .list("/"))
        script.end(list, .page([]))
        script.end(move, .movedDirectory)
        #expect(!script.isAcquitted)
    }

    @Test("A move that one listing shows at both ends")
    func bothEnds() {
        var script = withFile()
        let move = script.begin(1, .move("/a", to: "/b"))
        script.now(2, .list("/"), .page(["a", "b"]))
        script.end(move, .movedFile)
        #expect(!script.isAcquitted)
    }

    @Test("Two directories that were both moved into each other")
    func cycle() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        script.now(1, .makeDirectory("/b"), .madeDirectory)
        let first = script.begin(1, .move("/a", to: "/b/a"))
        let second = script.begin(2, .move("/b", to: "/a/b"))
        script.end(first, .movedDirectory)
        script.end(second, .movedDirectory)
        #expect(!script.isAcquitted)
    }

    @Test("A directory that was removed as empty while something was put into it")
    func rmdirAndCreate() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        let removal = script.begin(1, .remove("/a"))
        let write = script.begin(2, .write("/a/x", .body(1)))
        script.end(removal, .done)
        script.end(write, .created(.body(1)))
        script.now(3, .read("/a/x"), .refused(.notFound))
        #expect(!script.isAcquitted)
    }

    @Test("A tree of which one part went and another stayed")
    func halfATree() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        script.now(1, .write("/a/y", .body(2)), .created(.body(2)))
        let removal = script.begin(1, .removeTree("/a"))
        script.now(2, .read("/a/x"), .refused(.notFound))
        script.now(2, .read("/a/y"), .content(.body(2)))
        script.end(removal, .done)
        #expect(!script.isAcquitted)
    }

    @Test("A file that survives the removal of its tree")
    func survivor() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        script.now(1, .removeTree("/a"), .done)
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        script.now(2, .read("/a/x"), .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("A listing that forgets a file that was there all the time")
    func forgetful() {
        var script = Script()
        script.now(1, .write("/d/a", .body(1)), .created(.body(1)))
        script.now(1, .write("/d/b", .body(2)), .created(.body(2)))
        let write = script.begin(1, .write("/d/c", .body(3)))
        script.now(2, .list("/d"), .page(["a", "c"]))
        script.end(write, .created(.body(3)))
        #expect(!script.isAcquitted)
    }

    @Test("A listing that sees the second of two files and not the first")
    func outOfOrder() {
        var script = Script()
        script.now(1, .makeDirectory("/d"), .madeDirectory)
        let list = script.begin(2, .list("/d"))
        script.now(1, .write("/d/a", .body(1)), .created(.body(1)))
        script.now(1, .write("/d/b", .body(2)), .created(.body(2)))
        script.end(list, .page(["b"]))
        #expect(!script.isAcquitted)
    }

    @Test("A second page that goes on before the first ended")
    func wrongPage() {
        var script = Script()
        for name in ["a", "b", "c"] {
            script.now(1, .write(FilePath("/d/" + name), .body(1)), .created(.body(1)))
        }
        script.now(2, .list("/d", limit: 2), .page(["a", "b"], hasMore: true))
        script.now(2, .list("/d", after: "b", limit: 2), .page(["b", "c"]))
        #expect(!script.isAcquitted)
    }

    @Test("A copy of a content that was replaced before the copying began")
    func staleCopy() {
        var script = withFile()
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .copy("/a", to: "/b"), .newFile)
        script.now(2, .read("/b"), .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("A copied tree whose parts are of two instants")
    func tornCopy() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        script.now(1, .write("/a/y", .body(2)), .created(.body(2)))
        let copy = script.begin(2, .copy("/a", to: "/b"))
        script.now(1, .write("/a/x", .body(3)), .replaced(.body(3)))
        script.now(1, .write("/a/y", .body(4)), .replaced(.body(4)))
        script.end(copy, .ok(.written(isNew: true, Attributes(kind: .directory))))
        script.now(3, .read("/b/x"), .content(.body(1)))
        script.now(3, .read("/b/y"), .content(.body(4)))
        #expect(!script.isAcquitted)
    }

    @Test("A read in a directory after its closing was acknowledged")
    func closedAndRead() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        script.now(1, .setAttributes("/a", NewAttributes(mode: FileMode(rawValue: 0o700))), .movedDirectory)
        script.now(2, .read("/a/x"), .content(.body(1)), by: .bob)
        #expect(!script.isAcquitted)
    }

    @Test("A stranger who replaces a file that is not theirs")
    func stranger() {
        var script = withFile()
        script.now(2, .write("/a", .body(2)), .replaced(.body(2)), by: .bob)
        #expect(!script.isAcquitted)
    }

    @Test("A link that serves two claimants")
    func twoClaimants() {
        var script = withFile()
        let link = script.now(1, .issueLink("/a"), .ok(.link))
        let first = script.begin(2, .redeemLink(link, claimant: 1))
        let second = script.begin(3, .redeemLink(link, claimant: 2))
        script.end(first, .content(.body(1)))
        script.end(second, .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("A link that goes on with other bytes than it began with")
    func otherBytes() {
        var script = withFile()
        let link = script.now(1, .issueLink("/a"), .ok(.link))
        script.now(2, .redeemLink(link, claimant: 1), .content(.body(1)))
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .redeemLink(link, claimant: 1), .content(.body(2)))
        #expect(!script.isAcquitted)
    }

    @Test("A link that is gone before anybody used it")
    func goneTooEarly() {
        var script = withFile()
        let link = script.now(1, .issueLink("/a"), .ok(.link))
        script.now(2, .redeemLink(link, claimant: 1), .refused(.linkGone))
        #expect(!script.isAcquitted)
    }

    @Test("A count of names that does not fall with a name")
    func namesDoNotFall() {
        var script = withFile()
        script.now(1, .link("/a", to: "/b"), .newFile)
        script.now(1, .remove("/a"), .done)
        script.now(2, .stat("/b"), .ok(.attributes(Attributes(kind: .file, links: 2))))
        #expect(!script.isAcquitted)
    }

    @Test("A name that keeps the old content when the other name was written")
    func namesApart() {
        var script = withFile()
        script.now(1, .link("/a", to: "/b"), .newFile)
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .read("/b"), .content(.body(1)))
        #expect(!script.isAcquitted)
    }

    @Test("A part with the bytes of another body")
    func mixedPart() {
        var script = Script()
        let body = BodyValue(number: 5, size: 100)
        script.now(1, .write("/a", body), .created(body))
        let other = BodyValue(number: 6, size: 100)
        script.now(
            2, .read("/a", ReadOptions(range: 20..<60)),
            .ok(.content(SeenContent(other.bytes(from: 20, count: 40), from: 20), .file(body))))
        #expect(!script.isAcquitted)
    }

    @Test("One tag for two contents")
    func oneTagTwoContents() {
        var script = Script()
        var state = Attributes.file(.body(1))
        script.now(1, .write("/a", .body(1)), .ok(.written(isNew: true, state)))
        state.size = BodyValue.body(2).size
        script.now(1, .write("/b", .body(2)), .ok(.written(isNew: true, state)))
        #expect(!script.isAcquitted)
    }

    @Test("A directory into itself")
    func intoItself() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        script.now(1, .move("/a", to: "/a/b"), .movedDirectory)
        #expect(!script.isAcquitted)
    }

    @Test("A 404 while a directory above was only ever moved to and fro by an unanswered request")
    func notFoundWithoutReason() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        script.lost(1, .move("/a", to: "/b"))
        script.now(2, .read("/b/x"), .content(.body(1)))
        script.now(2, .read("/b/x"), .refused(.notFound))
        #expect(!script.isAcquitted)
    }
}
