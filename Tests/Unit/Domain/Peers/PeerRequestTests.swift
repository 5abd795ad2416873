import Domain
import Testing

@Suite("What nodes sign")
struct PeerRequestTests {
    private static func name(_ text: String) -> InstanceID {
        guard let name = InstanceID(text) else { preconditionFailure("a valid name") }
        return name
    }

    private static let time = WallTime(nanoseconds: 1_767_225_600_000_000_000)

    private static let request = PeerRequest(
        method: "GET", target: "/internal/v1/contents/x", sender: name("node-1"), receiver: name("node-2"),
        deployment: DeploymentID(Identifier(high: 1, low: 2)), store: StoreID(Identifier(high: 3, low: 4)),
        slice: ContentSlice(5..<10, of: 20), length: 0, sentAt: time, deadline: time + .seconds(10),
        nonce: Identifier(high: 5, low: 6), trace: "00-11-22-01")

    /// One change of every part.
    private static let changes: [@Sendable (inout PeerRequest) -> Void] = [
        { $0.method = "PUT" },
        { $0.target = "/internal/v1/contents/y" },
        { $0.sender = name("node-3") },
        { $0.receiver = name("node-3") },
        { $0.deployment = DeploymentID(Identifier(high: 1, low: 3)) },
        { $0.store = StoreID(Identifier(high: 3, low: 5)) },
        { $0.slice = nil },
        { $0.slice = ContentSlice(4..<10, of: 20) },
        { $0.slice = ContentSlice(5..<11, of: 20) },
        { $0.slice = ContentSlice(5..<10, of: 21) },
        { $0.length = 1 },
        { $0.length = nil },
        { $0.sentAt = $0.sentAt + .nanoseconds(1) },
        { $0.deadline = $0.deadline + .nanoseconds(1) },
        { $0.nonce = Identifier(high: 5, low: 7) },
        { $0.trace = "" },
        { $0.trace = "00-11-22-00" },
    ]

    @Test("Every part of a request changes what is signed, each in its own way")
    func everyPart() {
        var seen: Set<[UInt8]> = [Self.request.signedBytes]
        for change in Self.changes {
            var changed = Self.request
            change(&changed)
            #expect(seen.insert(changed.signedBytes).inserted)
        }
        #expect(seen.count == Self.changes.count + 1)
    }

    @Test("No part can lend its end to the next")
    func boundaries() {
        var moved = Self.request
        moved.method = "GET/"
        moved.target = "internal/v1/contents/x"
        #expect(moved.signedBytes != Self.request.signedBytes)
    }

    @Test(
        "A slice has one spelling",
        arguments: ["0-0/0", "0-1/1", "5-5/9", "0-18446744073709551615/18446744073709551615"])
    func slices(text: String) throws {
        #expect(try #require(ContentSlice(parsing: text)).description == text)
    }

    @Test(
        "What is no slice of a content is refused",
        arguments: [
            "", "1", "1-2", "2-1/5", "0-6/5", "+0-1/2", "00-1/2", "0-1/2/3", "0-1-2/3", "-1/2", "0-/2",
            "a-b/c",
        ])
    func notSlices(text: String) {
        #expect(ContentSlice(parsing: text) == nil)
    }

    // MARK: Admission

    private static func admission(noncesMax: Int = 1_000) -> PeerAdmission {
        PeerAdmission(
            instance: request.receiver, deployment: request.deployment, startedAt: time - .seconds(3600),
            noncesMax: noncesMax)
    }

    private static func refusal(
        _ admission: inout PeerAdmission, _ request: PeerRequest, at now: WallTime
    ) -> PeerRefusal? {
        do throws(PeerRefusal) {
            try admission.admit(request, at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("A request is let in once, for as long as it could be sent again")
    func once() {
        var admission = Self.admission()
        #expect(Self.refusal(&admission, Self.request, at: Self.time) == nil)
        var request = Self.request
        request.deadline = Self.time + .seconds(86_400)
        for seconds in 0...200 {
            let again = Self.refusal(&admission, request, at: Self.time + .seconds(seconds))
            #expect(again == (seconds <= 30 ? .repeated : .old))
            // Others go on meanwhile, so that memory turns over.
            var other = request
            other.nonce = Identifier(high: 9, low: UInt64(seconds))
            other.sentAt = Self.time + .seconds(seconds)
            #expect(Self.refusal(&admission, other, at: Self.time + .seconds(seconds)) == nil)
        }
    }

    @Test("A nonce that came early is remembered until its request is old")
    func earlyNonces() {
        var request = Self.request
        request.deadline = Self.time + .seconds(86_400)
        for start in stride(from: 0, through: 120, by: 7) {
            var admission = Self.admission()
            let first = Self.time + .seconds(start)
            request.sentAt = first + .seconds(30)
            #expect(Self.refusal(&admission, request, at: first) == nil)
            for seconds in 0...60 {
                #expect(Self.refusal(&admission, request, at: first + .seconds(seconds)) == .repeated)
            }
            #expect(Self.refusal(&admission, request, at: first + .seconds(61)) == .old)
        }
    }

    @Test("What is old, early, late or for somebody else is refused")
    func windows() {
        var admission = Self.admission()
        #expect(Self.refusal(&admission, Self.request, at: Self.time + .seconds(31)) == .old)
        #expect(Self.refusal(&admission, Self.request, at: Self.time - .seconds(31)) == .early)
        #expect(Self.refusal(&admission, Self.request, at: Self.time + .seconds(11)) == .late)
        var other = Self.request
        other.receiver = Self.name("node-3")
        #expect(Self.refusal(&admission, other, at: Self.time) == .misdirected)
        other = Self.request
        other.deployment = DeploymentID(Identifier(high: 1, low: 3))
        #expect(Self.refusal(&admission, other, at: Self.time) == .misdirected)
        #expect(Self.refusal(&admission, Self.request, at: Self.time) == nil)
    }

    @Test("What was sent before the node started is refused: it may have come to the process before")
    func beforeStart() {
        var admission = PeerAdmission(
            instance: Self.request.receiver, deployment: Self.request.deployment,
            startedAt: Self.time + .nanoseconds(1))
        #expect(Self.refusal(&admission, Self.request, at: Self.time + .seconds(1)) == .old)
    }

    @Test("Too many are turned away rather than forgotten, until time has passed")
    func crowds() {
        var admission = Self.admission(noncesMax: 3)
        var request = Self.request
        request.deadline = Self.time + .seconds(86_400)
        for number in 0..<5 {
            request.nonce = Identifier(high: 7, low: UInt64(number))
            #expect(Self.refusal(&admission, request, at: Self.time) == (number < 3 ? nil : .crowded))
        }
        request.sentAt = Self.time + .seconds(300)
        #expect(Self.refusal(&admission, request, at: Self.time + .seconds(300)) == nil)
    }
}
