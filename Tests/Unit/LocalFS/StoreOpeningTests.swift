import Domain
import EventLoop
import Glibc
import HostSystem
import LocalFS
import Memory
import PortContracts
import Ports
import TestSupport
import Testing

@Suite("Opening a store")
struct StoreOpeningTests {
    private let deployment = DeploymentID(location(900).value)
    private let fresh = StoreID(location(901).value)

    private func open(
        _ disk: any Disk, deployment: DeploymentID? = nil, ignoring: Set<String> = [], importing: Bool = false
    ) async throws(LocalStoreError) -> LocalContentStore {
        try await LocalContentStore.open(
            disk: disk, deployment: deployment ?? self.deployment, freshID: fresh, ignoring: ignoring,
            importing: importing)
    }

    private func expect(
        _ expected: LocalStoreError, sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws(LocalStoreError) -> LocalContentStore
    ) async {
        do throws(LocalStoreError) {
            _ = try await work()
            Issue.record("it opened", sourceLocation: sourceLocation)
        } catch {
            #expect(error == expected, sourceLocation: sourceLocation)
        }
    }

    @Test("An empty disk becomes a store, which has the same identity at every later start")
    func identity() async throws {
        let disk = MemoryDisk()
        let first = try await open(disk)
        #expect(first.id == fresh)
        try await first.put(location(1), [1])
        await first.close()
        let second = try await LocalContentStore.open(
            disk: disk, deployment: deployment, freshID: StoreID(location(902).value))
        #expect(second.id == fresh)
        #expect(try await second.get(location(1), size: 1) == [1])
        let text = String(decoding: try await disk.read(".callfs/store.json"), as: UTF8.self)
        #expect(text == "{\"format\":1,\"deployment\":\"\(deployment)\",\"store\":\"\(fresh)\"}\n")
    }

    @Test("A disk in use is refused, and is free again when its store is closed or could not be opened")
    func locks() async throws {
        let disk = MemoryDisk()
        let store = try await open(disk)
        await expect(.inUse) { () throws(LocalStoreError) in try await open(disk) }
        await store.close()
        let other = DeploymentID(location(903).value)
        await expect(.otherDeployment(found: deployment, expected: other)) { () throws(LocalStoreError) in
            try await open(disk, deployment: other)
        }
        _ = try await open(disk)
    }

    @Test("Data without a marker is refused and left as it is, unless it is named or to be imported")
    func foreignData() async throws {
        let disk = MemoryDisk()
        try await disk.write("photo.jpg", [1])
        try await disk.makeDirectory("metadata")
        await expect(.unmarkedData(name: "metadata")) { () throws(LocalStoreError) in try await open(disk) }
        await expect(.unmarkedData(name: "photo.jpg")) { () throws(LocalStoreError) in
            try await open(disk, ignoring: ["metadata"])
        }
        #expect(try await disk.names(in: "") == ["metadata", "photo.jpg"])
        let store = try await open(disk, importing: true)
        await store.close()
        // It is a store now: what else is in the directory matters no more.
        _ = try await open(disk)
    }

    @Test("What is named as others' and the lost+found of a fresh filesystem do not matter")
    func ignored() async throws {
        let disk = MemoryDisk()
        try await disk.makeDirectory("metadata")
        try await disk.makeDirectory("lost+found")
        _ = try await open(disk, ignoring: ["metadata"])
    }

    @Test("Objects whose marker is lost are refused, also when files are to be imported")
    func lostMarker() async throws {
        let disk = MemoryDisk()
        let store = try await open(disk)
        try await store.put(location(1), [1])
        await store.close()
        try await disk.remove(".callfs/store.json")
        let object = try #require(try await store.list(after: nil, limit: 1).first).id.description
        let path = ".callfs/objects/\(object.suffix(2))/\(object)"
        await expect(.unmarkedData(name: path)) { () throws(LocalStoreError) in try await open(disk) }
        await expect(.unmarkedData(name: path)) { () throws(LocalStoreError) in
            try await open(disk, importing: true)
        }
    }

    @Test(
        "A marker that is not exactly what was written is refused",
        arguments: [
            ("", .damagedMarker), ("{}\n", .damagedMarker), ("{\"format\":1}\n", .damagedMarker),
            ("{\"format\":1,\"deployment\":\"0\",\"store\":\"0\"}\n", .damagedMarker),
            (String(repeating: " ", count: 5_000), .damagedMarker), ("{\"format\":,", .damagedMarker),
            ("{\"format\":2,\"anything\":true}\n", .otherFormat(2)),
        ] as [(String, LocalStoreError)])
    func markers(text: String, error: LocalStoreError) async throws {
        let disk = MemoryDisk()
        await (try await open(disk)).close()
        try await disk.remove(".callfs/store.json")
        try await disk.write(".callfs/store.json", Array(text.utf8))
        await expect(error) { () throws(LocalStoreError) in try await open(disk) }
    }

    @Test("Every byte of a marker counts")
    func markerBytes() async throws {
        let disk = MemoryDisk()
        await (try await open(disk)).close()
        let size = try #require(try await disk.size(of: ".callfs/store.json"))
        for offset in 0..<Int(size) {
            #expect(disk.flipByte(of: ".callfs/store.json", at: offset))
            await #expect(throws: LocalStoreError.self) { try await open(disk) }
            #expect(disk.flipByte(of: ".callfs/store.json", at: offset))
        }
        _ = try await open(disk)
    }

    @Test("A start removes what interrupted writes have left")
    func cleansUp() async throws {
        let disk = MemoryDisk()
        await (try await open(disk)).close()
        for number in 0..<5 { try await disk.write(".callfs/tmp/left\(number)", [1]) }
        _ = try await open(disk)
        #expect(try await disk.names(in: ".callfs/tmp").isEmpty)
    }

    @Test(
        "An error at any call of the first start is reported, and the next start completes it",
        arguments: [DiskError.failed(errno: 5), .full, .notPermitted])
    func failsAnywhere(error: DiskError) async throws {
        for step in 0..<1_000 {
            let disk = MemoryDisk()
            disk.setFault { operation throws(DiskError) in
                if operation.number == step { throw error }
            }
            do throws(LocalStoreError) {
                _ = try await open(disk)
                #expect(step > 256)
                return
            } catch {
                #expect([.failed(.failed(errno: 5)), .full, .notWritable].contains(error))
            }
            disk.setFault(nil)
            #expect(try await open(disk).id == fresh)
        }
        Issue.record("a start takes more than a thousand calls")
    }

    @Test("Every refusal is one sentence that says something else")
    func descriptions() {
        let all: [LocalStoreError] = [
            .missing, .notADirectory, .notWritable, .inUse, .full, .unmarkedData(name: "x"), .damagedMarker,
            .otherDeployment(found: deployment, expected: deployment), .otherFormat(2),
            .failed(.failed(errno: 5)),
        ]
        #expect(Set(all.map(\.description)).count == all.count)
        #expect(all.allSatisfy { !$0.description.contains("\n") && !$0.description.hasSuffix(".") })
    }

    @Test("On a real disk everything is its owner's only, and a second opening is refused")
    func onDisk() async throws {
        let directory = TemporaryDirectory()
        let pool = try BlockingPool(threads: 2)
        let store = try await open(try PosixDisk(root: directory.path, pool: pool))
        try await store.put(location(1), [1])
        let second = try PosixDisk(root: directory.path, pool: pool)
        await expect(.inUse) { () throws(LocalStoreError) in try await open(second) }
        let object = location(1).description
        let shard = ".callfs/objects/\(object.suffix(2))"
        for path in [".callfs", ".callfs/tmp", ".callfs/objects", shard] { #expect(mode(path) == 0o700) }
        for path in [".callfs/store.json", ".callfs/lock", shard + "/" + object] {
            #expect(mode(path) == 0o600)
        }
        pool.stop()

        func mode(_ path: String) -> mode_t {
            var status = stat()
            #expect(lstat(directory.path + "/" + path, &status) == 0)
            return status.st_mode & 0o7777
        }
    }
}
