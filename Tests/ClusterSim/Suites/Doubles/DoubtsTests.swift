import SimCheckers
import SimWorld
import Testing

@Suite("An operation is in doubt as long as something acts for it")
struct DoubtsTests {
    /// What was settled, in that order.
    private final class Settled: @unchecked Sendable {
        var operations: [OperationID] = []
    }

    private let operation = OperationID(7)
    private let settled = Settled()

    private func doubts() -> Doubts {
        let doubts = Doubts { [settled] in settled.operations.append($0) }
        doubts.begin(operation)
        return doubts
    }

    @Test("The client alone: settled when it ends")
    func clientAlone() {
        let doubts = doubts()
        #expect(settled.operations == [])
        doubts.end(operation)
        #expect(settled.operations == [operation])
    }

    @Test("The client knows its end first, and the request goes on: settled with the request")
    func requestOutlivesClient() {
        let doubts = doubts()
        let requestIsOver = doubts.addActor(for: operation)
        doubts.end(operation)
        #expect(settled.operations == [])
        requestIsOver()
        #expect(settled.operations == [operation])
    }

    @Test("A first attempt that is over settles nothing, nor does the second while the first goes on")
    func attempts() {
        let doubts = doubts()
        doubts.addActor(for: operation)()
        #expect(settled.operations == [])
        let second = doubts.addActor(for: operation)
        let third = doubts.addActor(for: operation)
        doubts.end(operation)
        third()
        #expect(settled.operations == [])
        second()
        #expect(settled.operations == [operation])
    }

    @Test("A commit that was sent before its node lost its power settles with what the service does of it")
    func commitOutlivesRequest() {
        let doubts = doubts()
        let requestIsOver = doubts.addActor(for: operation)
        let commitIsOver = doubts.addActor(for: operation)
        requestIsOver()
        doubts.end(operation)
        #expect(settled.operations == [])
        commitIsOver()
        #expect(settled.operations == [operation])
    }

    @Test("The same end told twice counts once")
    func toldTwice() {
        let doubts = doubts()
        let first = doubts.addActor(for: operation)
        let second = doubts.addActor(for: operation)
        doubts.end(operation)
        first()
        first()
        #expect(settled.operations == [])
        second()
        #expect(settled.operations == [operation])
    }
}
