import Domain
import PortContracts
import Postgres
import TestSupport
import Testing

@Suite("The metadata store in PostgreSQL", .serialized)
struct PostgresMetadataStoreTests {
    @Test("keeps the contract of MetadataStore", arguments: MetadataStoreContract.cases)
    func metadataStore(_ contract: MetadataStoreContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }

    @Test("keeps the contract of ContentLedger", arguments: ContentLedgerContract.cases)
    func contentLedger(_ contract: ContentLedgerContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }

    @Test("keeps the contract of LinkStore", arguments: LinkStoreContract.cases)
    func linkStore(_ contract: LinkStoreContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }

    @Test("keeps the contract of StoreRegistry", arguments: StoreRegistryContract.cases)
    func storeRegistry(_ contract: StoreRegistryContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }

    @Test("keeps the contract of AnswerLedger", arguments: AnswerLedgerContract.cases)
    func answerLedger(_ contract: AnswerLedgerContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }

    @Test("keeps the contract of MemberRegistry", arguments: MemberRegistryContract.cases)
    func memberRegistry(_ contract: MemberRegistryContract.Case) async throws {
        try await withStore { try await contract.check($0) }
    }
}
