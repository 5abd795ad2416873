import Domain
import PortContracts
import Ports
import SQLite
import Synchronization
import TestSupport
import Testing

/// Opens a metadata store in a directory.
func openStore(
    in directory: TemporaryDirectory, time: ManualTime = ManualTime(),
    entropy: SeededEntropy = SeededEntropy(), outcomesKept: Duration = .seconds(120), pagesMax: Int? = nil,
    log: any EventLog = SilentEventLog(),
    onFatal: @escaping @Sendable (String) -> Void = { Issue.record("\($0)") }
) throws -> SQLiteMetadataStore {
    try SQLiteMetadataStore(
        directory: directory.path, time: time, entropy: entropy, owner: MetadataSubject.owner,
        group: MetadataSubject.group, treeDirectoriesMax: MetadataSubject.treeDirectoriesMax,
        outcomesKept: outcomesKept, pagesMax: pagesMax, log: log, onFatal: onFatal)
}

/// Runs `body` on a fresh store and closes it.
func withStore(
    outcomesKept: Duration = .seconds(120), pagesMax: Int? = nil,
    _ body: (MetadataSubject) async throws -> Void
) async throws {
    let directory = TemporaryDirectory()
    let time = ManualTime()
    let entropy = SeededEntropy()
    let store = try openStore(
        in: directory, time: time, entropy: entropy, outcomesKept: outcomesKept, pagesMax: pagesMax)
    defer { store.close() }
    try await body(MetadataSubject(store: store, time: time, entropy: entropy))
}
