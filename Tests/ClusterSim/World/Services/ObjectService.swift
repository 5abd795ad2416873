import Domain
import ObjectStoreSupport
import Ports
import S3
import SimCore

/// A store of objects that all nodes share and speak to as to S3, over the simulated network: a process of
/// its own, which refuses a share of the requests.
final class ObjectService: @unchecked Sendable {
    /// What the metadata know the bucket as.
    let store: RegisteredStore
    private let listener: Listener
    private let origin: HTTPOrigin
    private let signer: S3Signer
    private let hash: any KeyedHash
    private let random: RandomStream
    /// Of a thousand requests, how many are told to slow down.
    var refusedPerMille = 0

    /// Small, so that bodies of many pieces have many parts.
    private static let partBytes = 65_536

    init(_ network: Network, _ random: RandomStream, id: StoreID, hash: any KeyedHash) {
        guard let origin = HTTPOrigin(parsing: "http://objects:9000") else {
            preconditionFailure("the address is a valid one")
        }
        store = RegisteredStore(id: id, backend: "s3", kind: .s3, instance: nil)
        self.origin = origin
        self.hash = hash
        self.random = random
        signer = S3Signer(
            S3Credentials(accessKey: "simulated", secretKey: "simulated"), region: "sim-1", hash: hash)
        let host = network.addHost("objects")
        listener = Listener(host, network, network.scheduler.makeExecutor("objects"))
        let double = ObjectStoreDouble(bucket: "bucket", origin: origin, signer: signer)
        listener.handler = double
        double.setTrouble { [unowned self] in
            random.happens(perMille: refusedPerMille) ? (503, "SlowDown") : nil
        }
    }

    /// The bucket as a node reaches it. `cutPerMille` is how many connections break of a thousand.
    func contents(
        of deployment: DeploymentID, for node: SimulatedNode, cutPerMille: @escaping () -> Int
    ) -> S3ContentStore {
        let transport = SimulatedTransport(from: node.host, listener.network, cutPerMille: cutPerMille) {
            [listener, origin] in $0 == origin ? listener : nil
        }
        guard
            let bucket = S3Bucket(
                "bucket", at: origin, style: .path, signer: signer, transport: transport, time: node.clock,
                patience: HTTPPatience(connect: .seconds(2), answer: .seconds(10), idle: .seconds(30)))
        else { preconditionFailure("the name is a valid one") }
        return S3ContentStore(
            id: store.id, in: bucket, prefix: "", deployment: deployment, partBytes: Self.partBytes,
            hash: hash)
    }
}
