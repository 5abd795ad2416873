import Domain
import Ports

/// A content that comes from a peer, followed by its checksum. The last bytes are held back until the
/// checksum was found right: whoever reads to the end has read what was stored, and whoever is sent a wrong
/// one sees it break off.
final class VerifiedBody: ByteStream {
    private let body: any ByteStream
    private let digest: any RunningDigest
    private let staging: ByteBuffer
    /// Of the content, still to be handed on.
    private var left: UInt64
    /// Of the content, still to come.
    private var expected: UInt64
    private var isVerified = false
    private var failure: ByteStreamError?

    init(_ body: any ByteStream, count: UInt64, _ digest: any RunningDigest) {
        self.body = body
        self.digest = digest
        left = count
        expected = count
        let bytesMax = min(count, UInt64(Limits.transferBufferBytes))
        staging = ByteBuffer(capacity: Int(bytesMax) + PeerProtocol.checksumBytes)
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let failure { throw failure }
        do throws(ByteStreamError) {
            while isWaiting { try await stage() }
        } catch {
            failure = error
            throw error
        }
        return handOn(to: buffer)
    }

    func close() {
        failure = failure ?? .cancelled
        body.close()
    }

    /// Whether more must come before anything is handed on: nothing is there, or all of the rest is, and
    /// there is room to find out whether it is right.
    private var isWaiting: Bool {
        guard !isVerified else { return false }
        staging.compact()
        return staging.readableCount == 0 || expected == 0 && staging.writableCount > 0
    }

    private func stage() async throws(ByteStreamError) {
        let got = try await body.read(into: staging)
        guard got > 0 else { throw .truncated }
        let content = min(UInt64(got), expected)
        if content > 0 {
            let all = staging.readable
            let start = all.count - got
            digest.update(UnsafeRawBufferPointer(rebasing: all[start..<start + Int(content)]))
            expected -= content
        }
        guard expected == 0 else { return }
        let checksumAt = Int(left)
        guard staging.readableCount >= checksumAt + PeerProtocol.checksumBytes else { return }
        let sent = Array(staging.readable[checksumAt...])
        guard sent == digest.finish() else { throw .corrupt }
        // Nothing may follow, and the connection is free again once its end was seen.
        guard try await body.read(into: ByteBuffer(capacity: 1)) == 0 else { throw .malformed }
        isVerified = true
    }

    private func handOn(to buffer: ByteBuffer) -> Int {
        let staged = Int(min(UInt64(staging.readableCount), left))
        let ready = expected == 0 && !isVerified ? staged - 1 : staged
        guard ready > 0 else { return 0 }
        let bytes = UnsafeRawBufferPointer(rebasing: staging.readable[..<min(ready, buffer.writableCount)])
        let count = buffer.append(bytes)
        staging.didRead(count)
        left -= UInt64(count)
        return count
    }
}
