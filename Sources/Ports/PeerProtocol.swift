package import Domain

/// How nodes talk about contents: the words of the internal interface, the same on both sides.
///
/// `GET`, `HEAD`, `PUT` and `DELETE` of `/internal/v1/contents/{location id}` are the verbs of a content
/// store; `HEAD /internal/v1/contents` asks for its health and `GET` for a page of its objects. Every
/// request is signed in fields of its own; nobody's identity is passed on, because whoever asks has
/// authenticated, authorized and resolved already, and commits.
package enum PeerProtocol {
    package static let contentsPath = "/internal/v1/contents"

    package static func target(of location: LocationID) -> String { "\(contentsPath)/\(location)" }

    /// A page of the store's objects.
    package static func listTarget(after location: LocationID?, limit: Int) -> String {
        let cursor = location.map { "&after=\($0)" } ?? ""
        return "\(contentsPath)?limit=\(limit)\(cursor)"
    }

    /// The names of the fields of a request.
    package enum Field {
        package static let signature = "authorization"
        package static let sender = "x-callfs-peer-from"
        package static let receiver = "x-callfs-peer-to"
        package static let deployment = "x-callfs-peer-deployment"
        package static let store = "x-callfs-peer-store"
        package static let slice = "x-callfs-peer-slice"
        package static let sentAt = "x-callfs-peer-time"
        package static let deadline = "x-callfs-peer-deadline"
        package static let nonce = "x-callfs-peer-nonce"
        package static let trace = "traceparent"
        /// In an answer: why it is none, by `PeerProtocol.word`.
        package static let problem = "x-callfs-peer-problem"
        /// In an answer to a write: CRC32c of what was stored, in base64url.
        package static let checksum = "x-callfs-peer-crc32c"
        package static let size = "x-callfs-peer-size"
        package static let freeBytes = "x-callfs-peer-free"
        package static let totalBytes = "x-callfs-peer-total"
    }

    private static let scheme = "CallFS-Peer "

    /// What of a content is sent ends with its CRC32c in four bytes: a length alone does not notice what a
    /// broken memory or disk does.
    package static let checksumBytes = 4

    /// The fields of a request, signed.
    package static func fields(of request: PeerRequest, by keys: PeerKeys) -> HTTPFields {
        var fields = HTTPFields()
        fields.append(Field.signature, scheme + Base64URL.encode(keys.signature(of: request)))
        fields.append(Field.sender, request.sender.text)
        fields.append(Field.receiver, request.receiver.text)
        fields.append(Field.deployment, request.deployment.description)
        fields.append(Field.store, request.store.description)
        if let slice = request.slice { fields.append(Field.slice, slice.description) }
        fields.append(Field.sentAt, String(request.sentAt.nanoseconds))
        fields.append(Field.deadline, String(request.deadline.nanoseconds))
        fields.append(Field.nonce, request.nonce.description)
        if !request.trace.isEmpty { fields.append(Field.trace, request.trace) }
        return fields
    }

    /// Reads a request with its signature, which says nothing yet of whether that is genuine. Each field is
    /// there once and in one spelling.
    package static func read(_ request: HTTPRequest) throws(PeerRefusal) -> (PeerRequest, [UInt8]) {
        let fields = request.fields
        guard let proof = fields.only(Field.signature), proof.hasPrefix(scheme),
            let signature = Base64URL.decode(proof.dropFirst(scheme.count)),
            let sender = fields.only(Field.sender).flatMap(InstanceID.init),
            let receiver = fields.only(Field.receiver).flatMap(InstanceID.init),
            let deployment = fields.only(Field.deployment).flatMap({ Identifier($0) }),
            let store = fields.only(Field.store).flatMap({ Identifier($0) }),
            let sentAt = fields.only(Field.sentAt).flatMap({ Int64($0) }),
            let deadline = fields.only(Field.deadline).flatMap({ Int64($0) }),
            let nonce = fields.only(Field.nonce).flatMap({ Identifier($0) })
        else { throw .malformed }
        var slice: ContentSlice?
        if fields.count(Field.slice) > 0 {
            slice = fields.only(Field.slice).flatMap(ContentSlice.init(parsing:))
            guard slice != nil else { throw .malformed }
        }
        let peerRequest = PeerRequest(
            method: request.method.token, target: request.target, sender: sender, receiver: receiver,
            deployment: DeploymentID(deployment), store: StoreID(store), slice: slice,
            length: request.contentLength, sentAt: WallTime(nanoseconds: sentAt),
            deadline: WallTime(nanoseconds: deadline), nonce: nonce,
            trace: fields.joined(Field.trace) ?? "")
        return (peerRequest, signature)
    }

    // MARK: Errors of a store, as words

    package static func word(for error: ContentError) -> (status: Int, word: String) {
        switch error {
        case .notFound: (404, "not-found")
        case .full: (507, "full")
        case .throttled: (503, "throttled")
        case .unavailable: (503, "unavailable")
        case .corrupt: (500, "corrupt")
        case .refused: (409, "refused")
        case .body: (400, "body")
        case .cancelled: (503, "unavailable")
        }
    }

    /// What an answer that is none says; nil for one that is not of this protocol. `body` is for the caller
    /// to explain, whose body it was.
    package static func error(for word: String?, retryAfter: Duration) -> ContentError? {
        switch word {
        case "not-found": .notFound
        case "full": .full
        case "throttled": .throttled(retryAfter: retryAfter)
        case "unavailable": .unavailable
        case "corrupt": .corrupt
        case "refused": .refused("the peer has refused it")
        case "body": .body(.truncated)
        default: nil
        }
    }
}
