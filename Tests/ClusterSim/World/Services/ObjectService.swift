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
    /// How many keys a page of a listing has at most, as far as the weather goes; each has one at least.
    var keysMax = ObjectService.keysMax
    /// How long a listing takes at most.
    var slowestListing: Duration = .zero
    /// A listing was slow.
    var whenSlow: () -> Void = {}
    /// Of a thousand requests, how many are told to slow down.
    var refusedPerMille = 0

    package static let keysMax = ObjectStoreDouble.keysMax

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
        listener.handler = SlowListings(double) { [unowned self] in await waitForListing() }
        double.setKeysMax { [unowned self] in
            keysMax == Self.keysMax ? keysMax : random.number(in: 1...keysMax)
        }
        double.setTrouble { [unowned self] in
            random.happens(perMille: refusedPerMille) ? (503, "SlowDown") : nil
        }
    }

    private func waitForListing() async {
        guard slowestListing > .zero, !listener.network.scheduler.isEnding else { return }
        whenSlow()
        let isOver = Promise<Bool>()
        listener.network.scheduler.after(random.longTail(.zero, slowestListing)) { isOver.keep(true) }
        _ = await isOver.wait(orWhenCancelled: false)
    }

    /// The bucket as a node reaches it.
    func contents(
        of deployment: DeploymentID, for node: SimulatedNode,
        mishaps: @escaping () -> SimulatedTransport.Mishaps
    ) -> S3ContentStore {
        let transport = SimulatedTransport(from: node.host, listener.network, mishaps: mishaps) {
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

/// Lets listings of a bucket take their time.
private final class SlowListings: HTTPHandler {
    private let bucket: any HTTPHandler
    private let wait: @Sendable () async -> Void

    init(_ bucket: any HTTPHandler, wait: @escaping @Sendable () async -> Void) {
        self.bucket = bucket
        self.wait = wait
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        let response = await bucket.respond(to: request)
        if request.target.contains("list-type=") { await wait() }
        return response
    }

    func respond(
        toRefusal refusal: HTTPRefusal, remoteAddress: String, isSecure: Bool
    ) -> HTTPResponse { bucket.respond(toRefusal: refusal, remoteAddress: remoteAddress, isSecure: isSecure) }

    func finished(
        _ request: HTTPRequest, status: Int, bodyBytesSent: UInt64, outcome: HTTPExchangeOutcome
    ) {
        bucket.finished(request, status: status, bodyBytesSent: bodyBytesSent, outcome: outcome)
    }
}
