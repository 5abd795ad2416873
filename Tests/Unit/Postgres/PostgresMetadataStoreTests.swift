import Domain
import PortContracts
import Ports
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

    @Test("Directories that were left alone get what their rows do not have yet, and look as before")
    func tidy() async throws {
        try await withStore { it in
            let directory = try await it.makeDirectory("d")
            for index in 0..<3 { try await it.makeFile("f\(index)", in: directory) }
            let before = try await it.inode("/d")
            it.time.advance(by: .seconds(59))
            let busy = try await it.makeDirectory("busy")
            try await it.makeFile("f", in: busy)
            it.time.advance(by: .seconds(2))
            while try await it.store.compact() {}
            #expect(try await it.inode("/d") == before)
            #expect(try await it.inode("/d").changeVersion == 4)
            #expect(try await it.holds(.unchanged(directory, version: 4)))
            try await it.makeFile("g", in: directory)
            #expect(try await it.inode("/d").changeVersion == 5)
            #expect(try await it.inode("/busy").changeVersion == 2)
            try await it.expectSound()
        }
    }
}
