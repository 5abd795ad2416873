package import Domain
package import Ports
package import TestSupport
package import Testing

/// A metadata store under test, empty but for its root (mode 0755, owner 10, group 20), with a clock that
/// stands still, and verbs that build what a case needs.
package struct MetadataSubject: Sendable {
    package static let owner = UserID(10)
    package static let group = GroupID(20)
    /// How many directories the store may walk in one changeset.
    package static let treeDirectoriesMax = 50

    package typealias Store = MetadataStore & ContentLedger & AnswerLedger & LinkStore & StoreRegistry
        & MemberRegistry

    package let store: any Store
    package let time: ManualTime
    package let entropy: SeededEntropy
    package let place = StoreID(Identifier(high: 0x5704, low: 1))

    package init(
        store: any Store, time: ManualTime, entropy: SeededEntropy
    ) {
        self.store = store
        self.time = time
        self.entropy = entropy
    }

    // MARK: Identifiers

    package func identifier() -> Identifier { entropy.identifier(at: time.wallNow()) }
    package func inodeID() -> InodeID { InodeID(identifier()) }

    /// A content that is not published yet: inline when it has bytes.
    package func content(inline bytes: [UInt8]) -> NewContent {
        let location = ContentLocation(id: LocationID(identifier()), store: place, isInline: true)
        return NewContent(
            id: ContentID(identifier()), size: UInt64(bytes.count),
            digests: Digests(
                sha256: Array(repeating: 7, count: 32), sha512: Array(repeating: 8, count: 64),
                crc32c: [1, 2, 3, 4]),
            location: location, inlineBytes: bytes)
    }

    /// A content that is not published yet, kept elsewhere.
    package func content(stored size: UInt64) -> NewContent {
        let location = ContentLocation(id: LocationID(identifier()), store: place, isInline: false)
        return NewContent(
            id: ContentID(identifier()), size: size, digests: Digests(), location: location, inlineBytes: nil)
    }

    // MARK: Commits

    package func changeset(
        _ preconditions: [Precondition], _ mutations: [Mutation], deadline: WallTime? = nil
    ) -> Changeset {
        Changeset(
            id: ChangesetID(identifier()), preconditions: preconditions, mutations: mutations,
            deadline: deadline)
    }

    package func commit(
        if preconditions: [Precondition] = [], _ mutations: [Mutation], deadline: WallTime? = nil
    ) async throws -> CommitOutcome {
        try await store.commit(changeset(preconditions, mutations, deadline: deadline))
    }

    /// Commits what cannot be refused, and returns when it happened.
    @discardableResult
    package func apply(
        _ mutations: [Mutation], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> WallTime {
        let outcome = try await commit(mutations)
        guard case .committed(let time) = outcome else {
            Issue.record("refused: \(outcome)", sourceLocation: sourceLocation)
            throw UnexpectedRefusal(outcome: outcome)
        }
        return time
    }

    /// Whether a precondition lets an otherwise empty changeset pass.
    package func holds(_ precondition: Precondition) async throws -> Bool {
        switch try await commit(if: [precondition], []) {
        case .committed: return true
        case .refused(.broken(precondition)): return false
        case .refused(let other): throw UnexpectedRefusal(outcome: .refused(other))
        }
    }

    // MARK: Trees

    package func newInode(
        _ kind: FileKind, mode: UInt16 = 0o755, owner: UserID = Self.owner, content: NewContent? = nil
    ) -> NewInode {
        NewInode(
            id: inodeID(), kind: kind, mode: FileMode(rawValue: mode), owner: owner, group: Self.group,
            size: content?.size ?? 0, content: content?.id,
            symlinkTarget: kind == .symlink ? "elsewhere" : nil)
    }

    @discardableResult
    package func makeDirectory(
        _ name: String, in parent: InodeID = .root, mode: UInt16 = 0o755, owner: UserID = Self.owner
    ) async throws -> InodeID {
        let new = newInode(.directory, mode: mode, owner: owner)
        try await apply([.createInode(new), .addEntry(parent: parent, name: FileName(name), inode: new.id)])
        return new.id
    }

    @discardableResult
    package func makeFile(
        _ name: String, in parent: InodeID = .root, owner: UserID = Self.owner, content: NewContent? = nil
    ) async throws -> InodeID {
        let new = newInode(.file, mode: 0o644, owner: owner, content: content)
        let publication = content.map { [Mutation.publishContent($0)] } ?? []
        let naming: [Mutation] = [
            .createInode(new), .addEntry(parent: parent, name: try FileName(name), inode: new.id),
        ]
        try await apply(publication + naming)
        return new.id
    }

    @discardableResult
    package func makeSymlink(
        _ name: String, to target: String, in parent: InodeID = .root, owner: UserID = Self.owner
    ) async throws -> InodeID {
        let new = NewInode(
            id: inodeID(), kind: .symlink, mode: FileMode(rawValue: 0o777), owner: owner, group: Self.group,
            size: UInt64(target.utf8.count), symlinkTarget: target)
        try await apply([.createInode(new), .addEntry(parent: parent, name: FileName(name), inode: new.id)])
        return new.id
    }

    package func resolve(
        _ path: String, content: ContentDetail = .inlineBytes, following: LinkFollowing = .intermediate
    ) async throws -> Resolution {
        try await store.resolve(FilePath(parsing: path), content: content, following: following)
    }

    package func inode(_ path: String) async throws -> Inode {
        try #require(try await resolve(path).target)
    }

    package func exists(_ path: String) async throws -> Bool { try await resolve(path).target != nil }

    /// The names in a directory, read page by page.
    package func names(in path: String, pageLimit: Int = 100) async throws -> [String] {
        let directory = try await resolve(path)
        var names: [String] = []
        var last: FileName?
        while true {
            let page = try #require(try await store.list(directory, after: last, limit: pageLimit))
            names += page.entries.map(\.name.text)
            last = page.entries.last?.name
            if !page.hasMore { return names }
        }
    }

    /// Nothing contradicts anything.
    package func expectSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let findings = try await store.check(limit: 20)
        #expect(findings == [], sourceLocation: sourceLocation)
    }

    /// Reclaims and reaps until nothing is left to do.
    package func settle() async throws {
        while try await store.reapDetached(limit: 10) > 0 {}
        while try await store.reclaim(limit: 10) > 0 {}
    }
}

extension MetadataStore {
    /// Resolves as most operations do.
    package func resolve(
        _ path: FilePath, content: ContentDetail
    ) async throws(MetadataError) -> Resolution {
        try await resolve(path, content: content, following: .intermediate)
    }
}

/// A changeset that a test needs was refused.
package struct UnexpectedRefusal: Error {
    package let outcome: CommitOutcome
}
