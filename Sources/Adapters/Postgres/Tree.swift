package import Domain
package import Ports

extension PostgresMetadataStore: MetadataStore {
    package func resolve(
        _ path: FilePath, content: ContentDetail, following: LinkFollowing
    ) async throws(MetadataError) -> Resolution {
        let detail =
            switch content {
            case .none: 0
            case .reference: 1
            case .inlineBytes: 2
            }
        // The server follows as `all` does where a file is to be made; what is of no use then, the walk here
        // leaves out.
        let follows =
            switch following {
            case .never: 0
            case .intermediate: 1
            case .all, .creation: 2
            }
        let parameters: [Parameter] = [
            .array(path.names.map(\.text)), .number(follows), .number(Limits.symlinksFollowedMax),
            .number(Limits.symlinkComponentsMax), .number(detail),
        ]
        return try await read(.resolve, parameters) { rows throws(MetadataError) in
            try Self.resolution(rows, path, following, detail: content)
        }
    }

    /// Walks the same way with what the server has looked up.
    private static func resolution(
        _ rows: Rows, _ path: FilePath, _ following: LinkFollowing, detail: ContentDetail
    ) throws(MetadataError) -> Resolution {
        let bytesColumn = InodeRow.columnCount + ContentRow.columnCount
        guard let first = rows.first, let root = try InodeRow.optional(first) else { throw .corrupt }
        var walk = PathWalk(along: path, following: following, from: root)
        var index = 1
        while walk.next() != nil {
            // In order, as the function returns them; the number makes sure.
            guard index < rows.count, try rows[index].number(bytesColumn + 2) == index + 1
            else { throw .corrupt }
            walk.answer(try InodeRow.optional(rows[index]))
            index += 1
        }
        var content: Content?
        if detail != .none, let expected = walk.target?.content {
            content = try ContentRow.read(
                rows[index - 1], at: InodeRow.columnCount, bytes: bytesColumn)
            guard content?.id == expected else { throw .corrupt }
        }
        return walk.resolution(content: content, time: try first.time(bytesColumn + 1))
    }

    package func list(
        _ directory: Resolution, after name: FileName?, limit: Int
    ) async throws(MetadataError) -> DirectoryPage? {
        guard let target = directory.target, target.kind == .directory
        else { preconditionFailure("only a directory has entries") }
        var chain = directory.detours.map { (parent: directory.parent(of: $0).id, step: $0.step) }
        var parent = directory.root.id
        for step in directory.steps {
            chain.append((parent, step))
            parent = step.inode.id
        }
        let parameters: [Parameter] = [
            .number(directory.root.accessVersion.asColumn), .array(chain.map(\.parent.description)),
            .array(chain.map(\.step.name.text)), .array(chain.map(\.step.inode.id.description)),
            .array(chain.map { String($0.step.inode.accessVersion.asColumn) }), .identifier(target.id),
            .text(name?.text ?? ""), .number(limit + 1),
        ]
        return try await read(.list, parameters) { rows throws(MetadataError) in
            try Self.page(rows, limit: limit)
        }
    }

    private static func page(_ rows: Rows, limit: Int) throws(MetadataError) -> DirectoryPage? {
        let start = InodeRow.columnCount
        guard let first = rows.first else { throw .corrupt }
        guard first.flag(start + 4) else { return nil }
        var entries: [Entry] = []
        let isEmpty = first.isNull(start)
        let count = isEmpty ? 0 : rows.count
        entries.reserveCapacity(min(count, limit))
        for index in 0..<min(count, limit) {
            let row = rows[index]
            var location: ContentLocation?
            if let id = row.optionalIdentifier(start + 1) {
                location = ContentLocation(
                    id: LocationID(id), store: StoreID(try row.identifier(start + 2)),
                    isInline: row.flag(start + 3))
            }
            let name = FileName(validated: try row.text(start))
            entries.append(Entry(name: name, inode: try InodeRow.read(row), location: location))
        }
        return DirectoryPage(entries: entries, hasMore: count > limit, time: try first.time(start + 5))
    }

    // MARK: Commits

    package func commit(_ changeset: Changeset) async throws(MetadataError) -> CommitOutcome {
        let message = ChangesetMessage(changeset, treeDirectoriesMax: settings.treeDirectoriesMax)
        var mustBeAlone = false
        var attempt = 1
        while true {
            do throws(CallFailure) {
                let rows = try await gateway.ask(
                    .commit,
                    [
                        .identifier(changeset.id), .text(message.json), .bytes(message.bytes),
                        .flag(mustBeAlone),
                    ])
                // What cannot be read has been committed all the same, or not.
                guard let outcome = try? Self.outcome(rows, changeset) else { throw .corrupt }
                return outcome
            } catch {
                guard case .refused(let state, let detail) = error else { throw error.errorOfCommit }
                if state == .mutationRefused {
                    guard let refusal = MutationRefusal(detail: detail)?.refusal(of: changeset)
                    else { throw .corrupt }
                    return .refused(refusal)
                }
                let isRepeated = state == .mustBeAlone || state.isWorthRepeating
                guard isRepeated, attempt < PostgresLimits.commitAttemptsMax else { throw state.error }
                if state == .mustBeAlone { mustBeAlone = true } else { try await pause(attempt) }
                attempt += 1
            }
        }
    }

    /// Nothing has happened so far, so a caller that goes away has changed nothing.
    private func pause(_ attempt: Int) async throws(MetadataError) {
        let most = PostgresLimits.retryPause * (1 << attempt)
        do throws(CancellationError) {
            try await gateway.pause(for: most * Double.random(in: 0.5...1))
        } catch {
            throw .cancelled
        }
    }

    private static func outcome(
        _ rows: Rows, _ changeset: Changeset
    ) throws(MetadataError) -> CommitOutcome {
        guard let row = rows.first else { throw .corrupt }
        switch try row.text(0) {
        case "committed": return .committed(at: try row.time(1))
        case "aborted": return .refused(.aborted)
        case "late": return .refused(.deadlinePassed)
        case let reason:
            let place = Int(try row.number(2))
            guard changeset.preconditions.indices.contains(place) else { throw .corrupt }
            let precondition = changeset.preconditions[place]
            guard reason == "too large", case .removableTree(let top, _) = precondition else {
                return .refused(.broken(precondition))
            }
            return .refused(.treeTooLarge(top))
        }
    }

    package func resolveOutcome(of changeset: ChangesetID) async throws(MetadataError) -> CommitOutcome {
        guard let row = try await change(.outcome, [.identifier(changeset)]).first else { throw .corrupt }
        return row.flag(0) ? .committed(at: try row.time(1)) : .refused(.aborted)
    }
}
