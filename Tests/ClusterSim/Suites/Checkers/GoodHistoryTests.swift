import Domain
import SimCheckers
import Testing

/// What a correct filesystem may answer is acquitted, however odd it looks.
@Suite("Histories that are linearizable")
struct GoodHistoryTests {
    @Test("A file that was written is read by everybody")
    func readYourWrite() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.now(2, .read("/a"), .content(.body(1)))
        #expect(script.isAcquitted)
    }

    @Test("A read beside a write may see the old content or the new")
    func readBesideWrite() {
        for seen in [BodyValue.body(1), .body(2)] {
            var script = Script()
            script.now(1, .write("/a", .body(1)), .created(.body(1)))
            let write = script.begin(1, .write("/a", .body(2)))
            script.now(2, .read("/a"), .content(seen))
            script.end(write, .replaced(.body(2)))
            script.now(2, .read("/a"), .content(.body(2)))
            #expect(script.isAcquitted)
        }
    }

    @Test("Of two writes at once either may be the last")
    func concurrentWrites() {
        for last in [BodyValue.body(1), .body(2)] {
            var script = Script()
            script.now(1, .write("/a", .body(9)), .created(.body(9)))
            let first = script.begin(1, .write("/a", .body(1)))
            let second = script.begin(2, .write("/a", .body(2)))
            script.end(first, .replaced(.body(1)))
            script.end(second, .replaced(.body(2)))
            script.now(3, .read("/a"), .content(last))
            #expect(script.isAcquitted)
        }
    }

    @Test("A write without an answer may never have happened")
    func lostWriteNever() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.lost(1, .write("/a", .body(2)))
        script.now(2, .read("/a"), .content(.body(1)))
        #expect(script.isAcquitted)
    }

    @Test("A write without an answer may happen long after its client gave up")
    func lostWriteLate() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.lost(1, .write("/a", .body(2)))
        script.now(2, .read("/a"), .content(.body(1)))
        script.now(2, .read("/a"), .content(.body(1)))
        script.now(2, .read("/a"), .content(.body(2)))
        #expect(script.isAcquitted)
    }

    @Test("A write without an answer may happen until it is settled")
    func settledWrite() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        let lost = script.lost(1, .write("/a", .body(2)))
        let read = script.begin(2, .read("/a"))
        script.settle(lost)
        script.end(read, .content(.body(1)))
        script.now(2, .read("/a"), .content(.body(2)))
        #expect(script.isAcquitted, "between the reading and the settling")

        var late = Script()
        late.now(1, .write("/a", .body(1)), .created(.body(1)))
        let other = late.lost(1, .write("/a", .body(2)))
        late.now(2, .read("/a"), .content(.body(1)))
        late.now(2, .read("/a"), .content(.body(2)))
        late.settle(other)
        late.now(2, .read("/a"), .content(.body(2)))
        #expect(late.isAcquitted)
    }

    @Test("Of many writers with one tag one may succeed")
    func oneOfManyConditional() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        let match = WriteOptions(conditions: CallConditions(ifMatch: .tag(BodyValue.body(1).tag)))
        let writes = (2...5).map { number in script.begin(number, .write("/a", .body(UInt32(number)), match))
        }
        script.end(writes[2], .replaced(.body(4)))
        for index in [0, 1, 3] { script.end(writes[index], .refused(.preconditionFailed)) }
        script.now(1, .read("/a"), .content(.body(4)))
        #expect(script.isAcquitted)
    }

    @Test("Of two that create one file one is told that it is there")
    func exclusiveCreate() {
        var script = Script()
        let first = script.begin(1, .write("/a", .body(1), WriteOptions(exclusive: true)))
        let second = script.begin(2, .write("/a", .body(2), WriteOptions(exclusive: true)))
        script.end(first, .refused(.alreadyExists))
        script.end(second, .created(.body(2)))
        #expect(script.isAcquitted)
    }

    @Test("A directory moves with all that is in it")
    func directoryMove() {
        var script = Script()
        script.now(1, .write("/a/b/c", .body(1)), .created(.body(1)))
        script.now(1, .move("/a", to: "/z"), .movedDirectory)
        script.now(2, .read("/z/b/c"), .content(.body(1)))
        script.now(2, .read("/a/b/c"), .refused(.notFound))
        #expect(script.isAcquitted)
    }

    @Test("A write below a directory that moves away may make the directory anew")
    func writeBesideMove() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        let write = script.begin(1, .write("/a/y", .body(2)))
        script.now(2, .move("/a", to: "/z"), .movedDirectory)
        script.end(write, .created(.body(2)))
        script.now(3, .list("/z"), .page(["x"]))
        script.now(3, .list("/a"), .page(["y"]))
        #expect(script.isAcquitted)
    }

    @Test("Two directories that move into each other: one does, the other is not there any more")
    func crossedMoves() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        script.now(1, .makeDirectory("/b"), .madeDirectory)
        let first = script.begin(1, .move("/a", to: "/b/a"))
        let second = script.begin(2, .move("/b", to: "/a/b"))
        script.end(first, .movedDirectory)
        script.end(second, .refused(.notFound))
        script.now(3, .list("/"), .page(["b/"]))
        #expect(script.isAcquitted)
    }

    @Test("A tree goes at one instant, and a creator beside it is before or after")
    func treeRemoval() {
        var script = Script()
        script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
        let write = script.begin(2, .write("/a/y", .body(2)))
        script.now(1, .removeTree("/a"), .done)
        script.end(write, .created(.body(2)))
        script.now(3, .list("/a"), .refused(.notFound))
        #expect(script.isAcquitted)
    }

    @Test("An empty directory is removed, or filled, and not both")
    func rmdirAgainstCreate() {
        var script = Script()
        script.now(1, .makeDirectory("/a"), .madeDirectory)
        let removal = script.begin(1, .remove("/a"))
        let write = script.begin(2, .write("/a/y", .body(2)))
        script.end(removal, .refused(.directoryNotEmpty))
        script.end(write, .created(.body(2)))
        script.now(3, .list("/a"), .page(["y"]))
        #expect(script.isAcquitted)
    }

    @Test("A walk over two pages may see a rename twice or not at all")
    func pagesOfTwoInstants() {
        var script = Script()
        for name in ["a", "b", "c"] {
            script.now(1, .write(FilePath("/d/" + name), .body(1)), .created(.body(1)))
        }
        script.now(2, .list("/d", limit: 2), .page(["a", "b"], hasMore: true))
        script.now(1, .move("/d/a", to: "/d/z"), .movedFile)
        script.now(2, .list("/d", after: "b", limit: 2), .page(["c", "z"]))
        #expect(script.isAcquitted)
    }

    @Test("A copy keeps what it copied when the original changes")
    func copyIsApart() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.now(1, .copy("/a", to: "/b"), .created(.body(1)))
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(1, .remove("/a"), .done)
        script.now(2, .read("/b"), .content(.body(1)))
        #expect(script.isAcquitted)
    }

    @Test("A hard link sees what is written under the other name")
    func hardLink() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        script.now(1, .link("/a", to: "/b"), .newFile)
        script.now(1, .write("/a", .body(2)), .replaced(.body(2)))
        script.now(2, .read("/b"), .content(.body(2)))
        script.now(2, .remove("/a"), .done)
        script.now(2, .stat("/b"), .ok(.attributes(Attributes(kind: .file, links: 1))))
        #expect(script.isAcquitted)
    }

    @Test("A symbolic link leads where it leads when it is followed")
    func symbolicLink() {
        var script = Script()
        let made = Outcome.ok(.written(isNew: true, Attributes(kind: .symlink, target: "../b/x")))
        script.now(1, .makeSymlink("/a/s", target: "../b/x"), made)
        script.now(1, .read("/a/s"), .refused(.notFound))
        script.now(1, .write("/b/x", .body(1)), .created(.body(1)))
        script.now(2, .read("/a/s"), .content(.body(1)))
        script.now(2, .write("/a/s", .body(2)), .replaced(.body(2)))
        script.now(2, .read("/b/x"), .content(.body(2)))
        #expect(script.isAcquitted)
    }

    @Test("Whoever is shut out may still come in while the directory is being closed")
    func permissionBesideChange() {
        for outcome in [Outcome.content(.body(1)), .refused(.permissionDenied)] {
            var script = Script()
            script.now(1, .write("/a/x", .body(1)), .created(.body(1)))
            let close = script.begin(1, .setAttributes("/a", NewAttributes(mode: FileMode(rawValue: 0o700))))
            script.now(2, .read("/a/x"), outcome, by: .bob)
            script.end(close, .movedDirectory)
            script.now(2, .read("/a/x"), .refused(.permissionDenied), by: .bob)
            #expect(script.isAcquitted)
        }
    }

    @Test("Of two claimants of a link one is served")
    func singleUse() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        let link = script.now(1, .issueLink("/a"), .ok(.link))
        let first = script.begin(2, .redeemLink(link, claimant: 1))
        let second = script.begin(3, .redeemLink(link, claimant: 2))
        script.end(first, .refused(.linkGone))
        script.end(second, .content(.body(1)))
        script.now(3, .redeemLink(link, claimant: 2), .content(.body(1)))
        #expect(script.isAcquitted)
    }

    @Test("A part of a file is right when it is of the body that was there")
    func parts() {
        var script = Script()
        let body = BodyValue(number: 5, size: 100)
        script.now(1, .write("/a", body), .created(body))
        let range = 20..<60
        script.now(
            2, .read("/a", ReadOptions(range: range)),
            .ok(.content(SeenContent(body.bytes(from: 20, count: 40), from: 20), .file(body))))
        script.now(2, .read("/a", ReadOptions(range: 100..<101)), .refused(.rangeNotSatisfiable))
        #expect(script.isAcquitted)
    }

    @Test("A tag that comes back with its media type is the same representation")
    func mediaType() {
        var script = Script()
        let plain = Attributes(kind: .file, tag: "\"p\"", mediaType: "text/plain")
        let body = BodyValue.body(1)
        script.now(
            1, .write("/a", body, WriteOptions(mediaType: "text/plain")), .ok(.written(isNew: true, plain)))
        script.now(1, .setAttributes("/a", NewAttributes(mediaType: "text/html")), .movedFile)
        let condition = CallConditions(ifMatch: .tag("\"p\""))
        script.now(2, .remove("/a", condition), .refused(.preconditionFailed))
        script.now(1, .setAttributes("/a", NewAttributes(mediaType: "text/plain")), .movedFile)
        script.now(2, .remove("/a", condition), .done)
        #expect(script.isAcquitted)
    }

    @Test("What was certainly not done says nothing")
    func withdrawn() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .withdrawn("LOCKED"))
        script.now(2, .read("/a"), .refused(.notFound))
        #expect(script.isAcquitted)
    }
}
