import Domain
import Ports
import Services

/// A directory as a plain JSON array of its own entries, which is what GET on its path gives.
struct DirectoryListing {
    let node: Node
    let errors: ErrorResponses
    let entries: EntryRepresentation

    /// What the query may have besides.
    static let parameters = ["limit", "cursor"]

    /// Whether `principal` may list a directory that was found.
    static func isOpen(_ opened: OpenedFile, to principal: Principal) -> Bool {
        (try? ListDirectory.check(opened.resolution, by: principal)) != nil
    }

    func array(
        of opened: OpenedFile, at requested: FilePath, _ following: LinkFollowing, _ query: QueryParameters,
        _ exchange: Exchange
    ) async throws(ErrorAnswer) -> HTTPResponse {
        if !exchange.isHead { exchange.request.log.action = .list }
        let limit = try query.integer("limit", in: 1...Limits.listPageMax, default: Limits.listPageDefault)
        let cursor = try ListingCursor.parse(query["cursor"], below: opened.state.path, isFlat: true)
        let listed: ListedPage
        do {
            listed = try await node.list(
                requested, following: following, startingFrom: opened.resolution, after: cursor?.names.last,
                limit: limit, by: exchange.principal)
        } catch {
            throw errors.answer(to: error)
        }
        let (path, page) = (listed.directory.path, listed.page)
        var json = JSONWriter(reserving: 64 + page.entries.count * 320)
        json.beginArray()
        for entry in page.entries {
            entries.write(
                FileState(path: path.appending(entry.name), inode: entry.inode, location: entry.location),
                to: &json)
        }
        json.endArray()
        var response = exchange.answer(200, json: json.bytes)
        if page.hasMore, let last = page.entries.last {
            let cursor = PercentEncoding.encode(segment: path.appending(last.name).description)
            let target = "/v1/files" + PercentEncoding.encode(path: path)
            response.fields.append("link", "<\(target)?limit=\(limit)&cursor=\(cursor)>; rel=\"next\"")
        }
        entries.append(listingOf: opened.state, to: &response.fields)
        return response
    }
}

/// Where a listing goes on: the path of the last entry that was given out. Clients treat it as opaque.
enum ListingCursor {
    /// Nil when there is none. What is no path is refused as any path is, and one that is not below the
    /// directory that is listed as no cursor of it. `isFlat`: only an entry of the directory itself.
    static func parse(
        _ text: String?, below directory: FilePath, isFlat: Bool
    ) throws(ErrorAnswer) -> FilePath? {
        guard let text else { return nil }
        let path: FilePath
        do { path = try FilePath(parsing: text) } catch { throw ErrorAnswer(error) }
        let depth = path.names.count - directory.names.count
        guard path.isWithin(directory), isFlat ? depth == 1 : depth > 0 else { throw Self.refusal }
        return path
    }

    private static var refusal: ErrorAnswer {
        .invalidRequest("The query parameter 'cursor' is not one that this directory's listing gave.")
    }
}
