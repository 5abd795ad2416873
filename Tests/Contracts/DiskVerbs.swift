package import Ports

extension Disk {
    /// Writes a whole file, in one piece, and closes it.
    package func write(_ path: String, _ bytes: [UInt8]) async throws(DiskError) {
        let file = try await create(path)
        defer { file.close() }
        if !bytes.isEmpty { try await file.write(buffer(bytes), at: 0) }
        try await file.sync()
    }

    /// Reads a whole file.
    package func read(_ path: String) async throws(DiskError) -> [UInt8] {
        let file = try await open(path)
        defer { file.close() }
        let piece = ByteBuffer(capacity: 65_536)
        var bytes: [UInt8] = []
        while try await file.read(into: piece, at: UInt64(bytes.count), limit: piece.capacity) > 0 {
            bytes.append(contentsOf: piece.readable)
            piece.clear()
        }
        return bytes
    }
}

/// A buffer that holds `bytes`.
package func buffer(_ bytes: [UInt8]) -> ByteBuffer {
    let buffer = ByteBuffer(capacity: max(1, bytes.count))
    bytes.withUnsafeBytes { _ = buffer.append($0) }
    return buffer
}

/// `count` bytes that differ from place to place and from seed to seed, so that no mixture passes for
/// another.
package func pattern(_ count: Int, seed: Int) -> [UInt8] {
    // Eight bytes a step, because tests run unoptimized.
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return [UInt8](unsafeUninitializedCapacity: count + 8) { bytes, written in
        guard let start = bytes.baseAddress else { return }
        var index = 0
        while index < count {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            UnsafeMutableRawPointer(start).storeBytes(
                of: state ^ state >> 29, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        written = count
    }
}
