package import Domain
package import Ports

extension Node {
    /// One page of a directory's own entries, of one instant.
    package func list(
        _ path: FilePath, after name: FileName?, limit: Int, by principal: Principal
    ) async throws(Failure) -> DirectoryPage {
        for _ in 0..<Limits.planAttemptsMax {
            let resolution = try await resolve(path, content: .none)
            do { _ = try ListDirectory.check(resolution, by: principal) } catch { throw .refused(error) }
            do {
                if let page = try await dependencies.metadata.list(resolution, after: name, limit: limit) {
                    return page
                }
            } catch {
                throw Failure(error)
            }
        }
        throw .contended
    }

    /// A walk over a tree, to be pulled entry by entry.
    package func walk(
        _ path: FilePath, depthMax: Int, after position: FilePath?, by principal: Principal
    ) async throws(Failure) -> DirectoryWalk {
        let resolution = try await resolve(path, content: .none)
        do { _ = try ListDirectory.check(resolution, by: principal) } catch { throw .refused(error) }
        return DirectoryWalk(
            metadata: dependencies.metadata, start: resolution, depthMax: depthMax, after: position,
            by: principal)
    }
}
