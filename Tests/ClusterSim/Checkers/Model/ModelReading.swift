import Domain

/// The most entries that a page of GET on a directory has, where nothing else is asked for.
private let pageDefault = 1000

extension FilesystemModel {
    /// Carries out a call as one instant. `isRefused` is what the client was told, for what depends on time,
    /// which the model does not know.
    mutating func perform(
        _ call: ModelCall, by user: ModelUser, as operation: Int, isRefused: Bool
    ) -> ModelAnswer {
        let stamp = UInt64(operation) << 20
        switch call {
        case .read(let path, let range, let conditions): return read(path, range, conditions, user)
        case .stat(let path, let following): return stat(path, following, user)
        case .list(let path, let after, let limit): return list(path, after, limit, user)
        case .write(let path, let body, let exclusive, let mode, let mediaType, let conditions):
            return write(
                path, NewFile(body: body, mode: mode, mediaType: mediaType, stamp: stamp), exclusive,
                conditions, user)
        case .makeDirectory(let path, let mode, let tolerant):
            return makeDirectory(path, mode, tolerant, stamp, user)
        case .makeSymlink(let path, let target):
            return makeSymlink(path, target, stamp, user)
        case .link(let source, let destination): return link(source, destination, stamp, user)
        case .remove(let path, let tree, let conditions): return remove(path, tree, conditions, user)
        case .move(let source, let destination, let overwrite, let parents, let conditions):
            return move(
                source, destination, Moving(overwrite: overwrite, parents: parents, stamp: stamp),
                conditions, user)
        case .copy(let source, let destination, let overwrite, let conditions):
            return copy(source, destination, overwrite, conditions, stamp, user)
        case .setAttributes(let path, let attributes, let conditions):
            return setAttributes(path, attributes, conditions, user)
        case .issueLink(let path): return issueLink(path, operation, user)
        case .redeemLink(let issue, let claimant, let mayHaveExpired):
            return redeem(issue, claimant, isRefused, mayHaveExpired)
        }
    }

    // MARK: Looking

    /// open(2) and read(2); GET lists a directory.
    private func read(
        _ path: [Name], _ range: Range<Int>?, _ conditions: ModelConditions, _ user: ModelUser
    ) -> ModelAnswer {
        switch walk(path, following: true, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing: return .refused(.notFound)
        case .found(let index, _):
            let node = nodes[index]
            if node.isDirectory { return page(of: index, after: nil, limit: pageDefault, user) }
            guard node.lets(user, 4) else { return .refused(.permissionDenied) }
            switch conditions.verdict(on: node, isRead: true) {
            case .fails: return .refused(.preconditionFailed)
            case .notModified: return .notModified
            case .holds: break
            }
            if let range, range.lowerBound >= node.body.size { return .refused(.rangeNotSatisfiable) }
            return .content(index, range: range)
        }
    }

    /// stat(2), or lstat(2).
    private func stat(_ path: [Name], _ following: Bool, _ user: ModelUser) -> ModelAnswer {
        switch walk(path, following: following, user) {
        case .failed(let refusal): .refused(refusal)
        case .missing: .refused(.notFound)
        case .found(let index, _): .attributes(index)
        }
    }

    /// getdents(2), and stat(2) of what it tells.
    private func list(_ path: [Name], _ after: Name?, _ limit: Int, _ user: ModelUser) -> ModelAnswer {
        switch walk(path, following: true, user) {
        // One code says that it is a file, or that links go round.
        case .failed(.invalid): .refused(.notADirectory)
        case .failed(let refusal): .refused(refusal)
        case .missing: .refused(.notFound)
        case .found(let index, _): page(of: index, after: after, limit: limit, user)
        }
    }

    private func page(of index: Int, after: Name?, limit: Int, _ user: ModelUser) -> ModelAnswer {
        let node = nodes[index]
        guard node.isDirectory else { return .refused(.notADirectory) }
        guard node.lets(user, 4), node.lets(user, 1) else { return .refused(.permissionDenied) }
        var start = 0
        if let after {
            let (position, isThere) = node.index(of: after)
            start = isThere ? position + 1 : position
        }
        let end = min(node.entries.count, start + limit)
        return .page(index, start..<end, hasMore: end < node.entries.count)
    }

    // MARK: Download links

    private mutating func issueLink(_ path: [Name], _ operation: Int, _ user: ModelUser) -> ModelAnswer {
        switch walk(path, following: true, user) {
        case .failed(let refusal): return .refused(refusal)
        case .missing: return .refused(.notFound)
        case .found(let index, let place):
            let node = nodes[index]
            guard node.lets(user, 4) else { return .refused(.permissionDenied) }
            guard !node.isDirectory, let place else { return .refused(.isADirectory) }
            change(index) { $0.isLinked = true }
            set(
                ModelLink(path: names(of: place), node: index, stamp: node.stamp, issuer: user),
                issuedBy: operation)
            return .link
        }
    }

    private func names(of place: ModelNode.Place) -> [Name] {
        var names = [place.name]
        var parent = nodes[place.parent].places.first
        while let step = parent {
            names.append(step.name)
            parent = nodes[step.parent].places.first
        }
        return names.reversed()
    }

    /// Single use is single (P5): the first claimant is served what is now in the file that the link was made
    /// for, while the path leads to it and no other, and only that one may go on, with the same bytes. How
    /// long is not told: the node that sent the last byte knows that
    /// a link is over before the others do.
    private mutating func redeem(
        _ issue: Int, _ claimant: Int, _ isRefused: Bool, _ mayHaveExpired: Bool
    ) -> ModelAnswer {
        guard var link = links[issue] else { return .refused(.linkNotFound) }
        switch link.state {
        case .issued:
            if isRefused, mayHaveExpired { return .refused(.linkGone) }
            guard case .found(let index, _) = walk(link.path, following: true, link.issuer),
                index == link.node, nodes[index].lets(link.issuer, 4)
            else { return .refused(.linkGone) }
            link.state = .claimed(by: claimant, nodes[index].body)
            set(link, issuedBy: issue)
            return .served(nodes[index].body, again: false)
        case .claimed(claimant, let body): return .served(body, again: true)
        case .claimed: return .refused(.linkGone)
        }
    }
}
