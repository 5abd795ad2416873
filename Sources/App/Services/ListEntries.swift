package import Domain
package import Ports

/// A page of a directory, and the directory as it was in the same instant.
package struct ListedPage {
    package let directory: Resolution
    package let page: DirectoryPage
}

extension Node {
    /// One page of a directory's own entries, of one instant. The first attempt may rest on a resolution of
    /// the path that is at hand: the store checks whether it still holds.
    package func list(
        _ path: FilePath, following: LinkFollowing, startingFrom first: Resolution? = nil,
        after name: FileName?, limit: Int, by principal: Principal
    ) async throws(Failure) -> ListedPage {
        var known = first
        for _ in 0..<Limits.planAttemptsMax {
            let resolution: Resolution
            if let atHand = known {
                resolution = atHand
                known = nil
            } else {
                resolution = try await resolve(path, content: .none, following: following)
            }
            do { _ = try ListDirectory.check(resolution, by: principal) } catch { throw .refused(error) }
            do {
                if let page = try await dependencies.metadata.list(resolution, after: name, limit: limit) {
                    return ListedPage(directory: resolution, page: page)
                }
            } catch {
                throw Failure(error)
            }
        }
        throw .contended
    }

    /// A walk over the tree below a directory that was found, to be pulled entry by entry. `position` is the
    /// path of an entry below that directory.
    package func walk(
        below directory: Resolution, depthMax: Int, after position: FilePath?, by principal: Principal
    ) throws(Failure) -> DirectoryWalk {
        do { _ = try ListDirectory.check(directory, by: principal) } catch { throw .refused(error) }
        return DirectoryWalk(
            metadata: dependencies.metadata, start: directory, depthMax: depthMax, after: position,
            by: principal)
    }
}
