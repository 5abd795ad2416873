import Domain
import HostSystem
import Memory
import ObjectStoreSupport
import PortContracts
import Ports
import S3
import TestSupport
import Testing

@Suite("Contents in a bucket")
struct S3ContentStoreTests {
    private struct World {
        let store: S3ContentStore
        let double: ObjectStoreDouble
        let transport: HandlerTransport
        let origin: HTTPOrigin
    }

    private static func world(secret: String = "secret") throws -> World {
        let origin = try #require(HTTPOrigin(parsing: "http://objects:9000"))
        let hash = OpenSSLKeyedHash()
        func signer(_ secret: String) -> S3Signer {
            S3Signer(S3Credentials(accessKey: "ID", secretKey: secret), region: "us-east-1", hash: hash)
        }
        let double = ObjectStoreDouble(bucket: "bucket", origin: origin, signer: signer("secret"))
        let transport = HandlerTransport()
        transport.serve(origin, by: double)
        let bucket = try #require(
            S3Bucket(
                "bucket", at: origin, style: .path, signer: signer(secret), transport: transport,
                time: ManualTime(),
                patience: HTTPPatience(connect: .seconds(1), answer: .seconds(1), idle: .seconds(1))))
        let store = S3ContentStore(
            id: StoreID(location(1).value), in: bucket, prefix: "callfs/",
            deployment: DeploymentID(location(2).value), partBytes: 300_000, hash: hash)
        return World(store: store, double: double, transport: transport, origin: origin)
    }

    @Test("The contract of content stores holds", arguments: ContentStoreContract.Check.allCases)
    func contract(check: ContentStoreContract.Check) async throws {
        try await ContentStoreContract(isBounded: false) { try Self.world().store }.run(check)
    }

    @Test("Keys begin with the prefix and the deployment, and what others keep there is passed by")
    func keys() async throws {
        let world = try Self.world()
        try await world.store.put(location(7), [1])
        #expect(world.double.keys == ["callfs/\(location(2))/\(location(7))"])
        for name in ["0-not-an-id", "zz", "\(location(9))/below"] {
            world.double.put("callfs/\(location(2))/\(name)", [1, 2])
        }
        world.double.put("callfs/\(location(3))/\(location(8))", [1, 2])
        #expect(try await world.store.list(after: nil, limit: 5).map(\.id) == [location(7)])
    }

    @Test("An upload in parts that fails is given up", arguments: [UInt64(900_000), nil])
    func failedUploads(length: UInt64?) async throws {
        let world = try Self.world()
        let body = PiecewiseBody([UInt8](repeating: 1, count: 700_000), failure: .truncated)
        await #expect(throws: ContentError.body(.truncated)) {
            try await world.store.write(location(1), length: length, body: body) { _ in }
        }
        #expect(world.double.uploadCount == 0)
        #expect(world.double.keys == [])
    }

    @Test("What the object store answers is what it means for the caller")
    func errors() async throws {
        let world = try Self.world()
        let cases: [(Int, String, ContentError)] = [
            (503, "SlowDown", .throttled(retryAfter: .seconds(1))), (500, "InternalError", .unavailable),
            (404, "NoSuchKey", .notFound), (404, "NoSuchBucket", .refused("there is no such bucket")),
            (507, "XMinioStorageFull", .full), (400, "RequestTimeout", .unavailable),
            (400, "IncompleteBody", .unavailable),
        ]
        for (status, code, error) in cases {
            world.double.answerNext(status, code)
            await #expect(throws: error) { try await world.store.read(location(1), size: 1, range: 0..<1) }
        }
        world.double.answerNext(403, "AccessDenied")
        await #expect(throws: ContentError.self) { try await world.store.put(location(1), [1]) }
        world.transport.serve(world.origin, by: nil)
        await #expect(throws: ContentError.unavailable) { try await world.store.put(location(1), [1]) }
        #expect(await world.store.probe().isAvailable == false)
    }

    @Test("Without the right secret nothing is done")
    func wrongSecret() async throws {
        let world = try Self.world(secret: "another")
        await #expect(throws: ContentError.self) { try await world.store.put(location(1), [1]) }
        #expect(world.double.keys == [])
        #expect(await world.store.probe().isAvailable == false)
    }

    @Test("A bucket may be part of the host")
    func virtualHosts() async throws {
        let signer = S3Signer(
            S3Credentials(accessKey: "ID", secretKey: "secret"), region: "us-east-1", hash: OpenSSLKeyedHash()
        )
        let transport = HandlerTransport()
        let endpoint = try #require(HTTPOrigin(parsing: "https://s3.example"))
        let host = try #require(HTTPOrigin(parsing: "https://bucket.s3.example"))
        transport.serve(host, by: ScriptedHandler { HTTPResponse(status: $0.target == "/" ? 200 : 500) })
        let bucket = try #require(
            S3Bucket(
                "bucket", at: endpoint, style: .virtualHost, signer: signer, transport: transport,
                time: ManualTime(),
                patience: HTTPPatience(connect: .seconds(1), answer: .seconds(1), idle: .seconds(1))))
        let store = S3ContentStore(
            id: StoreID(location(1).value), in: bucket, prefix: "",
            deployment: DeploymentID(location(2).value),
            hash: OpenSSLKeyedHash())
        #expect(await store.probe().isAvailable)
    }
}
