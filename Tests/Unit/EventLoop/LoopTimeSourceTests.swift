import EventLoop
import PortContracts
import TestSupport
import Testing

@Suite("The clocks of a loop")
struct LoopTimeSourceTests {
    @Test("keep the contract of TimeSource", arguments: TimeSourceContract.cases)
    func time(_ contract: TimeSourceContract.Case) async throws {
        let loop = try EpollLoop()
        try loop.start()
        try await contract.check(LoopTimeSource(fallback: loop))
        loop.stop()
    }
}
