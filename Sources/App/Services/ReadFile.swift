package import Domain
package import Ports

/// A file or directory that was found, as of one instant.
package final class OpenedFile: Sendable {
    package let state: FileState
    /// The content; nil for an empty file, a directory, and where only the state was asked for.
    package let content: Content?
    /// The client has this very state already: its answer is 304 and nothing else.
    package let isNotModified: Bool
    /// The snapshot that it was found in, from which a directory can be listed.
    package let resolution: Resolution

    /// Only of what was found.
    fileprivate init(_ resolution: Resolution, content: Content? = nil, isNotModified: Bool = false) {
        guard let inode = resolution.target else { preconditionFailure("what does not exist was opened") }
        state = FileState(
            path: resolution.path, inode: inode, location: resolution.content?.locations.first)
        self.content = content
        self.isNotModified = isNotModified
        self.resolution = resolution
    }
}

extension Node {
    /// Finds a path and checks that the principal may read it and that the conditions hold; a symbolic link
    /// that is not followed is there to be read by all. With `asDirectory`, the path was written with a
    /// trailing slash, and leads to nothing but a directory. No bytes move yet.
    package func openFile(
        _ path: FilePath, asDirectory: Bool = false, following: LinkFollowing = .all, conditions: Conditions,
        by principal: Principal
    ) async throws(Failure) -> OpenedFile {
        let resolution = try await resolve(path, content: .inlineBytes, following: following)
        await learnStores(of: resolution.content)
        var content: Content?
        do throws(Refusal) {
            switch resolution.target?.kind {
            case .directory:
                _ = try ListDirectory.check(resolution, by: principal)
                _ = try Stat.plan(
                    resolution, by: principal, conditions: conditions.whatCanFail(of: resolution.target))
            case .symlink:
                _ = try Stat.plan(
                    resolution, asDirectory: asDirectory, by: principal, conditions: conditions)
            case .file, nil:
                let plan = try ReadFile.plan(
                    resolution, asDirectory: asDirectory, by: principal, conditions: conditions)
                content = plan.content
            }
        } catch .notModified {
            return OpenedFile(resolution, isNotModified: true)
        } catch {
            throw .refused(error)
        }
        if let content {
            let isWhole = content.inlineBytes.map { UInt64($0.count) == content.size } ?? true
            guard isWhole, content.size == resolution.target?.size else { throw .corrupt }
        }
        return OpenedFile(resolution, content: content)
    }

    /// Finds a path for an answer without a body: search permission is enough.
    package func inspect(
        _ path: FilePath, asDirectory: Bool = false, following: LinkFollowing = .all, conditions: Conditions,
        by principal: Principal
    ) async throws(Failure) -> OpenedFile {
        let resolution = try await resolve(path, content: .reference, following: following)
        await learnStores(of: resolution.content)
        do throws(Refusal) {
            _ = try Stat.plan(
                resolution, asDirectory: asDirectory, by: principal,
                conditions: conditions.whatCanFail(of: resolution.target))
        } catch .notModified {
            return OpenedFile(resolution, isNotModified: true)
        } catch {
            throw .refused(error)
        }
        return OpenedFile(resolution)
    }

    /// Makes sure that what an answer says of the place of a content can be known: a store may be younger
    /// than this node's list.
    private func learnStores(of content: Content?) async {
        guard let cluster = dependencies.cluster, let content else { return }
        let isKnown = content.locations.allSatisfy { contents.registration(of: $0.store) != nil }
        if !isKnown { await cluster.membership.lookAround() }
    }

    /// The bytes of a range of a content that was resolved a moment ago. One that was reclaimed since, which
    /// takes a caller slower than the grace, is `corrupt`.
    package func read(_ content: Content, range: Range<UInt64>) async throws(Failure) -> any ByteStream {
        if let bytes = content.inlineBytes {
            return BytesStream(bytes, range: Int(range.lowerBound)..<Int(range.upperBound))
        }
        for location in content.locations where !location.isInline {
            guard let store = contents.store(location.store) else { continue }
            do { return try await store.read(location.id, size: content.size, range: range) } catch {
                throw Failure(error)
            }
        }
        return try await readElsewhere(content, range: range)
    }

    /// Reads what is only on other nodes: from those that are there first.
    private func readElsewhere(
        _ content: Content, range: Range<UInt64>
    ) async throws(Failure) -> any ByteStream {
        var rest = content.locations.filter { !$0.isInline }
        var failure = Failure.corrupt
        while let location = next(of: rest) {
            rest.removeAll { $0 == location }
            do throws(Failure) {
                return try await use(location.store) { store async throws(ContentError) in
                    try await store.read(location.id, size: content.size, range: range)
                }
            } catch {
                guard error != .cancelled else { throw error }
                failure = error
            }
        }
        throw failure
    }

    private func next(of locations: [ContentLocation]) -> ContentLocation? {
        guard let cluster = dependencies.cluster, locations.count > 1 else { return locations.first }
        switch Routing.decide(locations, in: cluster.membership.view) {
        case .local(let location), .shared(let location), .peer(_, let location): return location
        case .inline, .unavailable: return locations.first
        }
    }
}

extension Conditions {
    /// These, as they count for a read of `inode`. The tag of a directory is its own, and says nothing of the
    /// entries' attributes: a condition on it can fail, but never spares a listing.
    fileprivate func whatCanFail(of inode: Inode?) -> Conditions {
        guard inode?.kind == .directory else { return self }
        return Conditions(ifMatch: ifMatch, ifUnmodifiedSince: ifUnmodifiedSince)
    }
}
