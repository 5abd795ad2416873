package import Domain
package import Ports

/// The way from this node to another one: signs requests, sends them, and says what went wrong.
package struct PeerLine: Sendable {
    package let sender: InstanceID
    package let receiver: InstanceID
    package let origin: HTTPOrigin
    package let deployment: DeploymentID
    package let transport: any HTTPTransport
    package let keys: PeerKeys
    package let hash: any KeyedHash
    package let entropy: any EntropySource
    /// The metadata store's time, as this node knows it.
    package let storeTime: @Sendable () -> WallTime
    package let patience: HTTPPatience
    package let log: any EventLog

    package init(
        from sender: InstanceID, to receiver: InstanceID, at origin: HTTPOrigin, in deployment: DeploymentID,
        transport: any HTTPTransport, keys: PeerKeys, hash: any KeyedHash, entropy: any EntropySource,
        patience: HTTPPatience, log: any EventLog, storeTime: @escaping @Sendable () -> WallTime
    ) {
        self.sender = sender
        self.receiver = receiver
        self.origin = origin
        self.deployment = deployment
        self.transport = transport
        self.keys = keys
        self.hash = hash
        self.entropy = entropy
        self.patience = patience
        self.log = log
        self.storeTime = storeTime
    }

    /// Sends one request about a store. `within` is how long anybody would wait for its answer.
    func send(
        _ method: HTTPMethod, _ target: String, to store: StoreID, slice: ContentSlice? = nil,
        body: HTTPClientRequest.Body = .none, within: Duration? = nil
    ) async throws(ContentError) -> HTTPClientResponse {
        let now = storeTime()
        let (high, low) = entropy.random128()
        let request = PeerRequest(
            method: method.token, target: target, sender: sender, receiver: receiver, deployment: deployment,
            store: store, slice: slice, length: body.length, sentAt: now,
            deadline: now + (within ?? patience.connect + patience.answer),
            nonce: Identifier(high: high, low: low))
        do {
            return try await transport.send(
                HTTPClientRequest(
                    method: method, origin: origin, target: target,
                    fields: PeerProtocol.fields(of: request, by: keys), body: body, patience: patience))
        } catch {
            switch error {
            case .cancelled, .body(.cancelled): throw .cancelled
            case .body(let failure): throw .body(failure)
            case .untrusted:
                complain("its certificate does not verify")
                throw .unavailable
            case .unreachable, .timedOut, .brokenOff, .malformed: throw .unavailable
            }
        }
    }

    /// What an answer means that is not the one hoped for.
    func error(_ answer: HTTPClientResponse) -> ContentError {
        let word = answer.fields.only(PeerProtocol.Field.problem)
        let seconds = answer.fields.only("retry-after").flatMap { Int64($0) } ?? 1
        let wait = Duration.seconds(min(max(seconds, 1), 60))
        if let error = PeerProtocol.error(for: word, retryAfter: wait) { return error }
        complain("it answers \(answer.status)" + (word.map { ": \($0)" } ?? ""))
        return .unavailable
    }

    /// A short body, as text.
    func text(of answer: HTTPClientResponse, bytesMax: Int) async throws(ContentError) -> String {
        let buffer = ByteBuffer(capacity: bytesMax + 1)
        do {
            while buffer.writableCount > 0, try await answer.body.read(into: buffer) > 0 {}
        } catch {
            throw error == .cancelled ? .cancelled : .unavailable
        }
        guard buffer.readableCount <= bytesMax else { throw .unavailable }
        return String(decoding: buffer.readable, as: UTF8.self)
    }

    private func complain(_ problem: String) {
        log.log(
            .warn, "a peer does not do what it is asked",
            [LogField("peer", receiver.text), LogField("problem", problem)])
    }
}

extension HTTPClientRequest.Body {
    fileprivate var length: UInt64? {
        switch self {
        case .none: 0
        case .bytes(let bytes): UInt64(bytes.count)
        case .stream(_, let length): length
        }
    }
}
