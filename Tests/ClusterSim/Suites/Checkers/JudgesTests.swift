import Domain
import SimCheckers
import Testing

/// The judges that need no search, one promise each.
@Suite("Judges of single promises")
struct JudgesTests {
    private func promises(_ findings: [Finding]) -> [Guarantee] { findings.map(\.promise) }

    @Test("Bytes that are no body anybody wrote break P2, and so does a part that is mixed of two")
    func contents() {
        let (first, second) = (BodyValue(number: 1, size: 64), BodyValue(number: 2, size: 64))
        for seen in [
            SeenContent(first.bytes(from: 0, count: 32) + second.bytes(from: 32)),
            SeenContent(first.bytes(from: 0, count: 40)),
            SeenContent(BodyValue(number: 3, size: 64).bytes()),
            SeenContent(first.bytes(from: 0, count: 32) + second.bytes(from: 32), from: 0),
        ] {
            var script = Script()
            script.now(1, .write("/a", first), .created(first))
            script.now(1, .write("/a", second), .replaced(second))
            script.now(2, .read("/a"), .ok(.content(seen, Attributes(kind: .file))))
            #expect(promises(SelfDescribingContents.check(script.history)) == [.atomic])
        }
    }

    @Test("Whole bodies, and parts of one wherever they are cut, keep P2")
    func parts() {
        let body = BodyValue(number: 9, size: 77)
        var script = Script()
        script.now(1, .write("/a", body), .created(body))
        for start in 0..<77 {
            for end in [start + 1, min(77, start + 33), 77] {
                let bytes = body.bytes(from: start, count: end - start)
                script.now(
                    2, .read("/a", ReadOptions(range: start..<end)),
                    .ok(.content(SeenContent(bytes, from: start), Attributes(kind: .file))))
            }
        }
        #expect(Judges.check(script.history).isEmpty)
    }

    @Test("Two claimants that were served break P5, one that comes again does not")
    func links() {
        var script = Script()
        script.now(1, .write("/a", .body(1)), .created(.body(1)))
        let link = script.now(1, .issueLink("/a"), .ok(.link))
        script.now(2, .redeemLink(link, claimant: 1), .content(.body(1)))
        script.now(2, .redeemLink(link, claimant: 1), .content(.body(1)))
        #expect(SingleUse.check(script.history).isEmpty)
        script.now(3, .redeemLink(link, claimant: 2), .content(.body(1)))
        #expect(promises(SingleUse.check(script.history)) == [.singleUse])
    }

    @Test("Silence is excused while things go wrong and not when they are well")
    func liveness() {
        var script = Script()
        script.lost(1, .read("/a"))
        script.becomeCalm()
        #expect(Liveness.check(script.history).isEmpty)
        script.now(1, .read("/a"), .withdrawn("METADATA_UNAVAILABLE"))
        #expect(promises(Liveness.check(script.history)) == [.alive])
    }

    @Test("What was in doubt when all became calm does not happen any more (P4)")
    func doubt() {
        var script = Script()
        script.lost(1, .write("/a", .body(1)))
        script.becomeCalm()
        script.now(2, .read("/a"), .refused(.notFound))
        #expect(Judges.check(script.history).isEmpty)
        script.now(2, .read("/a"), .content(.body(1)))
        #expect(promises(Judges.check(script.history)) == [.linearizable])
    }
}
