import HostSystem
import PortContracts
import TestSupport
import Testing

@Suite("Entropy and digests of the machine")
struct SystemContractTests {
    @Test("keep the contract of EntropySource", arguments: EntropySourceContract.cases)
    func entropy(_ contract: EntropySourceContract.Case) async throws {
        try await contract.check(SystemEntropy())
    }

    @Test("keep the contract of KeyedHash", arguments: KeyedHashContract.cases)
    func hash(_ contract: KeyedHashContract.Case) async throws {
        try await contract.check(OpenSSLKeyedHash())
    }
}
