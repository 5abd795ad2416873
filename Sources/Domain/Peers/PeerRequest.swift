/// What one node asks of another about a content, with all that its signature covers: who asks whom, for
/// what, and when. A request that was changed on the way, sent to another node, kept for later or sent
/// again is known as such.
package struct PeerRequest: Sendable, Hashable {
    package var method: String
    /// The whole request target: it has the id of the location, or what part of a listing is wanted.
    package var target: String
    package var sender: InstanceID
    package var receiver: InstanceID
    package var deployment: DeploymentID
    /// Of the receiver's stores.
    package var store: StoreID
    /// Of a read: the size that the object must have, and what is wanted of it.
    package var slice: ContentSlice?
    /// Of the body that follows; nil when it is not known before.
    package var length: UInt64?
    /// When it was sent, in the time of the metadata store, by which all nodes go.
    package var sentAt: WallTime
    /// After this nobody waits for the answer any more.
    package var deadline: WallTime
    /// Different in every request.
    package var nonce: Identifier
    /// The `traceparent` that goes with it; empty for none.
    package var trace: String

    package init(
        method: String, target: String, sender: InstanceID, receiver: InstanceID, deployment: DeploymentID,
        store: StoreID, slice: ContentSlice? = nil, length: UInt64?, sentAt: WallTime, deadline: WallTime,
        nonce: Identifier, trace: String = ""
    ) {
        self.method = method
        self.target = target
        self.sender = sender
        self.receiver = receiver
        self.deployment = deployment
        self.store = store
        self.slice = slice
        self.length = length
        self.sentAt = sentAt
        self.deadline = deadline
        self.nonce = nonce
        self.trace = trace
    }

    /// The bytes that are signed: a version, then each part in a fixed width or after its length, and whether
    /// it is there, so that no two requests have the same.
    package var signedBytes: [UInt8] {
        var bytes = SignedBytes(version: 1)
        bytes.append(method)
        bytes.append(target)
        bytes.append(sender.text)
        bytes.append(receiver.text)
        bytes.append(deployment.value)
        bytes.append(store.value)
        bytes.append(slice?.size)
        bytes.append(slice?.range.lowerBound)
        bytes.append(slice?.range.upperBound)
        bytes.append(length)
        bytes.append(UInt64(bitPattern: sentAt.nanoseconds))
        bytes.append(UInt64(bitPattern: deadline.nanoseconds))
        bytes.append(nonce)
        bytes.append(trace)
        return bytes.all
    }
}

/// A part of a content of known size, which may be empty. Written `<from>-<to>/<size>`, the end excluded.
package struct ContentSlice: Sendable, Hashable, CustomStringConvertible {
    package let range: Range<UInt64>
    package let size: UInt64

    /// Nil when it is not within the content.
    package init?(_ range: Range<UInt64>, of size: UInt64) {
        guard range.upperBound <= size else { return nil }
        self.range = range
        self.size = size
    }

    /// Reads what `description` writes; nil for anything else, so that a slice has one spelling.
    package init?(parsing text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            let size = UInt64(parts[1]), first <= last
        else { return nil }
        self.init(first..<last, of: size)
        guard description == text else { return nil }
    }

    package var description: String { "\(range.lowerBound)-\(range.upperBound)/\(size)" }
}

/// Bytes of which every part can be told from the next.
private struct SignedBytes {
    private(set) var all: [UInt8]

    init(version: UInt8) { all = [version] }

    mutating func append(_ word: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            all.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
        }
    }

    mutating func append(_ word: UInt64?) {
        all.append(word == nil ? 0 : 1)
        append(word ?? 0)
    }

    mutating func append(_ identifier: Identifier) { all += identifier.bytes }

    mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        all += text.utf8
    }
}
