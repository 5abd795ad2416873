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

    /// A store with three contents, all as they should be.
    private func store() -> Inventory.Store {
        let bytes = [1, 2, 3].map { number in
            (location(number), Inventory.Bytes(size: 10, digest: [UInt8(number)]))
        }
        return Inventory.Store(
            name: "node-1", known: Dictionary(uniqueKeysWithValues: bytes),
            kept: Dictionary(uniqueKeysWithValues: bytes.map { ($0.0, $0.1) }))
    }

    private func location(_ number: Int) -> LocationID {
        LocationID(Identifier(time: WallTime(nanoseconds: 0), randomHigh: 0, randomLow: UInt64(number)))
    }

    @Test("A store that keeps what its rows tell, and nothing else, keeps P6")
    func nothingLeaks() {
        #expect(NothingLeaks.check(Inventory(stores: [store(), store()], garbage: ["trees": 0])).isEmpty)
        var unverified = store()
        unverified.known[location(2)] = Inventory.Bytes(size: 10, digest: nil)
        #expect(NothingLeaks.check(Inventory(stores: [unverified])).isEmpty)
    }

    @Test("Lost, foreign, shortened, changed and unreadable bytes break P6, and so does garbage that is left")
    func leaks() {
        var wrong: [Inventory.Store] = Array(repeating: store(), count: 5)
        wrong[0].kept[location(1)] = nil
        wrong[1].known[location(1)] = nil
        wrong[2].kept[location(1)] = Inventory.Bytes(size: 9, digest: [1])
        wrong[3].kept[location(1)] = Inventory.Bytes(size: 10, digest: [7])
        wrong[4].kept.updateValue(nil, forKey: location(1))
        for store in wrong {
            #expect(promises(NothingLeaks.check(Inventory(stores: [store]))) == [.nothingLeaks])
        }
        #expect(promises(NothingLeaks.check(Inventory(stores: wrong))).count == 5)
        let garbage = Inventory(stores: [], garbage: ["trees": 1, "contents": 0])
        #expect(promises(NothingLeaks.check(garbage)) == [.nothingLeaks])
        let rows = Inventory(stores: [], contradictions: ["an entry leads nowhere"])
        #expect(promises(NothingLeaks.check(rows)) == [.wholeTree])
    }
}
