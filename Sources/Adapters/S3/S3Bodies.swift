import Domain
import Ports

/// A body on its way into an object, shown to somebody else as it goes. It can be taken in parts.
final class ObservedUpload: ByteStream {
    private let body: any ByteStream
    private let observe: (UnsafeRawBufferPointer) -> Void

    init(_ body: any ByteStream, _ observe: @escaping (UnsafeRawBufferPointer) -> Void) {
        self.body = body
        self.observe = observe
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        let count = try await body.read(into: buffer)
        guard count > 0 else { return 0 }
        let all = buffer.readable
        observe(UnsafeRawBufferPointer(rebasing: all[(all.count - count)...]))
        return count
    }

    func close() { body.close() }

    /// Up to `count` bytes; fewer only at the end.
    func take(_ count: Int) async throws(ContentError) -> [UInt8] {
        let buffer = ByteBuffer(capacity: count)
        do {
            while buffer.writableCount > 0, try await read(into: buffer) > 0 {}
        } catch {
            throw error == .cancelled ? .cancelled : .body(error)
        }
        return [UInt8](buffer.readable)
    }

    /// Whether nothing is left.
    func hasEnded() async throws(ContentError) -> Bool { try await take(1).isEmpty }
}

/// The next bytes of a body as a body of their own.
final class PartOfBody: ByteStream {
    private let body: any ByteStream
    private var left: UInt64
    /// Reads stop where the part does: what is read into another's buffer cannot be given back.
    private let staging: ByteBuffer

    init(_ body: any ByteStream, count: UInt64) {
        self.body = body
        left = count
        staging = ByteBuffer(capacity: Int(min(max(count, 1), UInt64(Limits.transferBufferBytes))))
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        guard left > 0 else { return 0 }
        let room = Int(min(left, UInt64(min(buffer.writableCount, staging.capacity))))
        let piece = room == staging.capacity ? staging : ByteBuffer(capacity: room)
        piece.clear()
        let count = try await body.read(into: piece)
        left -= UInt64(count)
        return buffer.append(piece.readable)
    }
}

/// An answer's body that has as many bytes as were asked for, or fails.
final class ExactBody: ByteStream {
    private let body: any ByteStream
    private var left: UInt64
    private var failure: ByteStreamError?

    init(_ body: any ByteStream, count: UInt64) {
        self.body = body
        left = count
    }

    func read(into buffer: ByteBuffer) async throws(ByteStreamError) -> Int {
        if let failure { throw failure }
        do throws(ByteStreamError) {
            let count = try await body.read(into: buffer)
            guard UInt64(count) <= left else { throw .malformed }
            if count == 0, left > 0 { throw .truncated }
            left -= UInt64(count)
            return count
        } catch {
            failure = error
            throw error
        }
    }

    func close() { body.close() }
}
