package import Domain
package import Ports

/// A file or directory that may be read, as of one instant.
package struct OpenedFile {
    package let state: FileState
    /// The content; nil for an empty file and for a directory.
    package let content: Content?
    /// The snapshot that it was found in, from which a directory can be listed.
    package let resolution: Resolution
}

extension Node {
    /// Finds a path and checks that the principal may read it and that the conditions hold. No bytes move
    /// yet.
    package func openFile(
        _ path: FilePath, conditions: Conditions, by principal: Principal
    ) async throws(Failure) -> OpenedFile {
        let resolution = try await resolve(path, content: .inlineBytes)
        do {
            if let target = resolution.target, target.kind == .directory {
                _ = try ListDirectory.check(resolution, by: principal)
                return OpenedFile(
                    state: FileState(path: path, inode: target, location: nil), content: nil,
                    resolution: resolution)
            }
            let plan = try ReadFile.plan(resolution, by: principal, conditions: conditions)
            return OpenedFile(
                state: FileState(path: path, inode: plan.inode, location: plan.content?.locations.first),
                content: plan.content, resolution: resolution)
        } catch {
            throw .refused(error)
        }
    }

    /// Finds a path for an answer without a body: search permission is enough.
    package func inspect(
        _ path: FilePath, conditions: Conditions, by principal: Principal
    ) async throws(Failure) -> FileState {
        let resolution = try await resolve(path, content: .reference)
        do {
            let inode = try Stat.plan(resolution, by: principal, conditions: conditions)
            return FileState(path: path, inode: inode, location: resolution.content?.locations.first)
        } catch {
            throw .refused(error)
        }
    }

    /// The bytes of a range of a content. The content was resolved a moment ago; one that was reclaimed
    /// since, which takes a reader slower than the grace, is `corrupt` to the caller, who resolves once more.
    package func read(_ content: Content, range: Range<UInt64>) async throws(Failure) -> any ByteStream {
        if let bytes = content.inlineBytes {
            return BytesStream(bytes, range: Int(range.lowerBound)..<Int(range.upperBound))
        }
        var unreachable: InstanceID?
        for location in content.locations where !location.isInline {
            guard let store = contents.store(location.store) else {
                unreachable = contents.registration(of: location.store)?.instance
                continue
            }
            do { return try await store.read(location.id, size: content.size, range: range) } catch {
                throw Failure(error)
            }
        }
        if let unreachable { throw .instanceUnavailable(unreachable) }
        throw .corrupt
    }
}
