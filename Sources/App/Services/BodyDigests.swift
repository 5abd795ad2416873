package import Domain
package import Ports

/// Sums up a body while it streams, by several algorithms at once.
package final class BodyDigests {
    private let running: [(algorithm: DigestAlgorithm, digest: any RunningDigest)]

    package init(_ algorithms: Set<DigestAlgorithm>, by hash: any KeyedHash) {
        running = DigestAlgorithm.allCases.filter(algorithms.contains).map { ($0, hash.startDigest($0)) }
    }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        for each in running { each.digest.update(bytes) }
    }

    /// What was fed. Called once, last.
    package func finish() -> Digests {
        running.reduce(into: Digests()) { $0[$1.algorithm] = $1.digest.finish() }
    }
}

extension Node {
    /// Of bytes that are in memory.
    package func digests(_ algorithms: Set<DigestAlgorithm>, of bytes: [UInt8]) -> Digests {
        let digests = BodyDigests(algorithms, by: dependencies.hash)
        bytes.withUnsafeBytes { digests.update($0) }
        return digests.finish()
    }

    /// What an answer about `inode`, whose bytes are `content`, may tell `principal` of them: nothing to who
    /// may not read them. Nil for what is no file.
    func digests(of content: Content?, _ inode: Inode?, by principal: Principal) -> Digests? {
        guard let inode, inode.kind == .file,
            AccessPolicy.decide(.read, on: inode, by: principal).isGranted
        else { return nil }
        return content?.digests ?? digests([.sha256], of: [])
    }

    /// A digest of a content: the one that was stored, or one that is made now by reading all of it. Nil when
    /// it was not stored and the content is larger than `Limits.digestOnDemandBytesMax`. Without a content,
    /// that of no bytes.
    package func digest(
        _ algorithm: DigestAlgorithm, of content: Content?
    ) async throws(Failure) -> [UInt8]? {
        guard let content else { return digests([algorithm], of: [])[algorithm] }
        if let known = content.digests[algorithm] { return known }
        guard content.size <= Limits.digestOnDemandBytesMax else { return nil }
        let digests = BodyDigests([algorithm], by: dependencies.hash)
        let stream = try await read(content, range: 0..<content.size)
        defer { stream.close() }
        let buffer = ByteBuffer(capacity: Limits.transferBufferBytes)
        do {
            while try await stream.read(into: buffer) > 0 {
                digests.update(buffer.readable)
                buffer.clear()
            }
        } catch {
            throw Failure(storedBody: error)
        }
        return digests.finish()[algorithm]
    }
}

extension Failure {
    /// Why a stored content could not be read.
    fileprivate init(storedBody error: ByteStreamError) {
        switch error {
        case .cancelled: self = .cancelled
        case .unavailable, .timedOut: self = .backendUnavailable
        case .truncated, .tooLarge, .malformed, .corrupt: self = .corrupt
        }
    }
}
