import Memory
import PortContracts
import TestSupport
import Testing

@Suite("Locks within a process")
struct InProcessLockServiceTests {
    @Test("keep the contract of LockService", arguments: LockServiceContract.cases)
    func lockService(_ contract: LockServiceContract.Case) async throws {
        let time = ManualTime()
        let locks = InProcessLockService(time: time, waitersMax: LockSubject.waitersMax)
        try await contract.check(LockSubject(locks: locks, time: time))
    }
}
