package import Domain
package import Ports

/// A file to be written.
package struct FileUpload {
    package enum Disposition: Sendable {
        /// Refused when anything is there.
        case create
        /// Creates, or replaces the content of a file that is there.
        case createOrReplace
    }

    package var disposition: Disposition
    /// The announced length; nil when it is not known.
    package var length: UInt64?
    package var body: any ByteStream
    package var mode: FileMode?
    package var modifiedAt: WallTime?
    package var mediaType: MediaType?
    /// Nil for a new file without any, and to keep what a file has.
    package var metadata: UserMetadata?
    package var conditions: Conditions
    /// What the client says of the body.
    package var expectedDigests: [Digest]
    /// The key under which it is done once; the digest of its body is added by the use case.
    package var claim: IdempotencyClaim?
    /// When its first byte was awaited; set by the use case.
    fileprivate(set) var startedAt: MonotonicInstant?

    package init(
        disposition: Disposition, length: UInt64?, body: any ByteStream, mode: FileMode? = nil,
        modifiedAt: WallTime? = nil, mediaType: MediaType? = nil, metadata: UserMetadata? = nil,
        conditions: Conditions = Conditions(), expectedDigests: [Digest] = []
    ) {
        self.disposition = disposition
        self.length = length
        self.body = body
        self.mode = mode
        self.modifiedAt = modifiedAt
        self.mediaType = mediaType
        self.metadata = metadata
        self.conditions = conditions
        self.expectedDigests = expectedDigests
    }

    /// A link at the end of the path is followed, also to what is not there yet, unless something must be
    /// made (open(2), O_EXCL).
    fileprivate var following: LinkFollowing {
        switch disposition {
        case .create: .intermediate
        case .createOrReplace: .creation
        }
    }
}

package struct WrittenFile: Sendable {
    package let state: FileState
    package let isNew: Bool
    /// Of a file: what is known of its bytes; nil also for whoever may not read them.
    package let digests: Digests?

    package init(state: FileState, isNew: Bool, digests: Digests? = nil) {
        self.state = state
        self.isNew = isNew
        self.digests = digests
    }
}

extension Node {
    /// Writes a file: refuses what can be refused before the body moves, makes the content durable, and then
    /// publishes it in one commit that decides on fresh state. A failure before the commit changes nothing; a
    /// crash leaves at most an orphan for the sweep.
    package func writeFile(
        _ path: FilePath, _ upload: FileUpload, by principal: Principal
    ) async throws(Failure) -> WrittenFile {
        if let limit = dependencies.settings.bodyBytesMax, let length = upload.length, length > limit {
            throw .bodyTooLarge(limit: limit)
        }
        let first = try await resolve(path, content: .reference, following: upload.following)
        let resolvedAt = dependencies.time.monotonicNow()
        var upload = upload
        upload.startedAt = resolvedAt
        var identifiers = FreshIdentifiers(dependencies)
        do { _ = try plan(upload, content: nil, fence: nil, first, principal, &identifiers) } catch {
            throw .refused(error)
        }
        let content = try await store(
            upload.body, length: upload.length, expecting: upload.expectedDigests,
            replacing: first.content?.locations.first)
        let sha256 = content?.digests.sha256 ?? digests([.sha256], of: []).sha256
        // A descriptor was the body of its request.
        if upload.claim?.body == nil { upload.claim?.body = sha256 }
        do {
            let isRecent = dependencies.time.monotonicNow() - resolvedAt < Limits.resolutionReuseMax
            let known =
                isRecent
                ? SampledResolution(resolution: first, receivedAt: resolvedAt)
                : try await sample(path, content: .none, following: upload.following)
            return try await publish(content, upload, at: path, knowing: known, by: principal)
        } catch {
            await dropUnpublished(content, after: error)
            throw error
        }
    }

    /// Publishes a stored content under a lease. A token that another writer has overtaken while the lease
    /// still holds, because the two waited for different things (a name, and the inode that it came to lead
    /// to), is exchanged for a higher one; a holder whose lease is over was paused, and is told so.
    private func publish(
        _ content: NewContent?, _ upload: FileUpload, at path: FilePath, knowing first: SampledResolution,
        by principal: Principal
    ) async throws(Failure) -> WrittenFile {
        var current = first
        for _ in 0..<Limits.planAttemptsMax {
            let asked = dependencies.time.monotonicNow()
            let target = current.resolution.target
            let lease = try await acquire(
                Self.resource(for: current.resolution), above: target?.fence ?? .none)
            // Whoever waited knows that somebody else has written meanwhile.
            let hasWaited = dependencies.time.monotonicNow() - asked >= Limits.resolutionReuseMax
            var wasHeld = true
            do throws(Failure) {
                return try await withLease(lease) { () async throws(Failure) in
                    defer { wasHeld = lease?.isHeld(at: dependencies.time.monotonicNow()) ?? true }
                    return try await publish(
                        content, upload, at: path, knowing: hasWaited ? nil : current, under: lease,
                        by: principal)
                }
            } catch {
                guard error == .refused(.superseded), wasHeld else { throw error }
            }
            current = try await sample(path, content: .none, following: upload.following)
        }
        throw .contended
    }

    private func publish(
        _ content: NewContent?, _ upload: FileUpload, at path: FilePath, knowing current: SampledResolution?,
        under lease: HeldLease?, by principal: Principal
    ) async throws(Failure) -> WrittenFile {
        let committed = try await commit(
            path, following: upload.following, startingFrom: current, under: lease
        ) { resolution, identifiers throws(Refusal) in
            let fence = lease?.token ?? resolution.fenceWithoutLease
            return try plan(upload, content: content, fence: fence, resolution, principal, &identifiers)
                .once(upload.claim) { plan in
                    .entry(
                        resolution.target == nil ? 201 : 200, resolution.path, plan,
                        location: content?.location,
                        saysWhere: resolution.target == nil,
                        sha256: content?.digests.sha256 ?? digests([.sha256], of: []).sha256)
                }
        }
        guard let inode = committed.plan.inode(at: committed.time) else {
            throw .internalError("a plan that writes a file says nothing of it")
        }
        return WrittenFile(
            state: FileState(
                path: committed.resolution.path, inode: inode, location: content?.location),
            isNew: committed.resolution.target == nil,
            digests: content?.digests ?? digests([.sha256], of: []))
    }

    private func plan(
        _ upload: FileUpload, content: NewContent?, fence: FencingToken?, _ resolution: Resolution,
        _ principal: Principal, _ identifiers: inout FreshIdentifiers
    ) throws(Refusal) -> Plan {
        // In the store's time, which may be ahead of this node's clock: what is left is measured here.
        let left = upload.startedAt.map { startedAt in
            dependencies.settings.writeDurationMax - (dependencies.time.monotonicNow() - startedAt)
        }
        let deadline = min(deadline(after: resolution), resolution.time + (left ?? Limits.commitDeadline))
        if upload.disposition == .createOrReplace, resolution.target != nil {
            return try ReplaceContent.plan(
                ReplaceContent.Request(
                    content: content, mediaType: .set(upload.mediaType), metadata: upload.metadata,
                    modifiedAt: upload.modifiedAt,
                    conditions: upload.conditions, fence: fence ?? .none, deadline: deadline),
                on: resolution, by: principal, ids: &identifiers)
        }
        return try CreateFile.plan(
            CreateFile.Request(
                content: content, mode: upload.mode, modifiedAt: upload.modifiedAt,
                mediaType: upload.mediaType, metadata: upload.metadata ?? UserMetadata(),
                conditions: upload.conditions, createsParents: true, fence: fence ?? .none, deadline: deadline
            ),
            on: resolution, by: principal, ids: &identifiers)
    }

    /// What a writer of this path waits for: the inode that is there, or the first name that is not.
    private static func resource(for resolution: Resolution) -> LockResource {
        if let target = resolution.target { return .inode(target.id) }
        guard let name = resolution.missing.first else { return .inode(resolution.deepest.id) }
        return .name(parent: resolution.deepest.id, name)
    }

    /// Deletes the bytes of a content that was definitely not published. After an outcome that is not known
    /// they stay, and the sweep decides.
    func dropUnpublished(_ content: NewContent?, after failure: Failure) async {
        guard let content, !content.location.isInline, failure.isDefinite else { return }
        do throws(Failure) {
            // A node that is not there now is not waited for.
            let reached = try await reach(
                content.location.store, until: dependencies.time.monotonicNow())
            do { try await reached.store.delete(content.location.id) } catch { throw Failure(error) }
        } catch {
            dependencies.log.log(
                .warn, "could not delete an unpublished content; the sweep will",
                [LogField("location", content.location.id.description)])
        }
    }
}

extension Failure {
    /// True when it is certain that nothing was committed.
    fileprivate var isDefinite: Bool {
        switch self {
        case .refused, .locked, .locksUnavailable, .contended, .insufficientStorage, .bodyTooLarge, .body,
            .treeTooLarge, .digestMismatch, .deadlineExceeded, .linkNotFound, .linkGone:
            true
        case .metadataUnavailable, .backendUnavailable, .instanceUnavailable, .corrupt, .cancelled,
            .internalError:
            false
        }
    }
}
