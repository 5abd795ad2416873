import Domain
import Ports

/// A body on its way to a peer that is summed up and shown to somebody else as it goes.
final class ObservedBody: ByteStream {
    private let body: any ByteStream
    private let digest: any RunningDigest
    private let observe: (UnsafeRawBufferPointer) -> Void
    private(set) var count: UInt64 = 0

    init(
        _ body: any ByteStream, _ digest: any RunningDigest,
        _ observe: @escaping (UnsafeRawBufferPointer) -> Void
    ) {
        self.body = body
        self.digest = digest
        self.observe = observe
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let got = try await body.read(into: buffer)
        guard got > 0 else { return 0 }
        let all = buffer.readable
        let new = UnsafeRawBufferPointer(rebasing: all[(all.count - got)...])
        digest.update(new)
        observe(new)
        count += UInt64(got)
        return got
    }

    func close() { body.close() }

    /// The digest of all that went by. Called once.
    func finish() -> [UInt8] { digest.finish() }
}
