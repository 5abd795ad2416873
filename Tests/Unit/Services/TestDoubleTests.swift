import PortContracts
import TestSupport
import Testing

@Suite("The doubles that tests hold in their hands")
struct TestDoubleTests {
    @Test("keep the contract of TimeSource", arguments: TimeSourceContract.cases)
    func time(_ contract: TimeSourceContract.Case) async throws { try await contract.check(ManualTime()) }

    @Test("keep the contract of EntropySource", arguments: EntropySourceContract.cases)
    func entropy(_ contract: EntropySourceContract.Case) async throws {
        try await contract.check(SeededEntropy())
    }

    @Test("keep the contract of KeyedHash", arguments: KeyedHashContract.cases)
    func hash(_ contract: KeyedHashContract.Case) async throws { try await contract.check(TestKeyedHash()) }
}
