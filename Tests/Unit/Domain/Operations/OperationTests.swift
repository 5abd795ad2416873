import Domain
import Testing

/// What the random operations of `PlanTests` do not reach: conditions, fences, media types, limits, and what
/// a plan says of itself.
@Suite("Operations")
struct OperationTests {
    private let ada = Principal(name: "ada", user: UserID(1001), group: GroupID(500))
    private let bob = Principal(name: "bob", user: UserID(1002), group: GroupID(600))

    /// A filesystem with `/file` and `/directory`, made by ada.
    private struct World {
        var store = ModelStore(root: .root(owner: UserID(1001), group: GroupID(500), at: .test(1)))
        var ids = SeededIdentifiers(seed: 5)
        var time = 10

        mutating func resolve(_ path: String) throws -> Resolution {
            time += 1
            return store.resolve(try FilePath(parsing: path), at: .test(time))
        }

        mutating func commit(_ plan: Plan) -> CommitOutcome {
            time += 1
            return store.commit(plan.changeset, at: .test(time))
        }
    }

    private func world() throws -> World {
        var world = World()
        let text = MediaType("text/plain")
        let content = NewContent.test(5, &world.ids)
        let file = try CreateFile.plan(
            CreateFile.Request(content: content, mediaType: text, fence: FencingToken(3)),
            on: world.resolve("/file"),
            by: ada, ids: &world.ids)
        #expect(world.commit(file) == .committed(at: .test(world.time)))
        let directory = try CreateDirectory.plan(
            CreateDirectory.Request(), on: world.resolve("/directory"), by: ada, ids: &world.ids)
        #expect(world.commit(directory) == .committed(at: .test(world.time)))
        return world
    }

    @Test("A condition is decided in the commit: a change after the plan refuses it")
    func conditionInCommit() throws {
        var world = try world()
        let resolution = try world.resolve("/file")
        let inode = try #require(resolution.target)
        let conditions = Conditions(ifMatch: .tags([EntityTag(of: inode)]))
        let late = try ReplaceContent.plan(
            ReplaceContent.Request(conditions: conditions), on: resolution, by: ada, ids: &world.ids)
        let unconditional = try ReplaceContent.plan(
            ReplaceContent.Request(), on: resolution, by: ada, ids: &world.ids)
        let other = try ReplaceContent.plan(
            ReplaceContent.Request(content: .test(6, &world.ids)), on: resolution, by: ada, ids: &world.ids)
        _ = world.commit(other)
        let broken = Precondition.unchanged(inode.id, version: inode.changeVersion)
        #expect(world.commit(late) == .refused(.broken(broken)))
        #expect(late.refusal(ifBroken: broken) == nil)
        #expect(throws: Refusal.preconditionFailed) {
            try ReplaceContent.plan(
                ReplaceContent.Request(conditions: conditions), on: world.resolve("/file"), by: ada,
                ids: &world.ids)
        }
        // Without a condition the last writer wins.
        #expect(world.commit(unconditional) == .committed(at: .test(world.time)))
    }

    @Test("What a client may not do is refused before its conditions are looked at")
    func permissionFirst() throws {
        var world = try world()
        let never = Conditions(ifMatch: .tags([EntityTag(opaque: "x")]))
        let resolution = try world.resolve("/file")
        #expect(throws: Refusal.preconditionFailed) {
            try ReplaceContent.plan(.init(conditions: never), on: resolution, by: ada, ids: &world.ids)
        }
        let error = #expect(throws: Refusal.self) {
            try ReplaceContent.plan(.init(conditions: never), on: resolution, by: bob, ids: &world.ids)
        }
        #expect(error?.errno == .eacces)
        #expect(throws: Refusal.alreadyExists(Conflict(path: resolution.path, kind: .file, location: nil))) {
            try CreateFile.plan(.init(conditions: never), on: resolution, by: ada, ids: &world.ids)
        }
    }

    @Test("A read answers with the file, or says that the client has it")
    func reads() throws {
        var world = try world()
        let resolution = try world.resolve("/file")
        let plan = try ReadFile.plan(resolution, by: bob)
        let seen = Conditions(ifNoneMatch: .tags([EntityTag(of: plan.inode)]))
        #expect(throws: Refusal.notModified) { try ReadFile.plan(resolution, by: bob, conditions: seen) }
        #expect(throws: Refusal.notModified) { try Stat.plan(resolution, by: bob, conditions: seen) }
        #expect(try Stat.plan(resolution, by: bob) == plan.inode)
    }

    @Test("A file's path with a trailing slash leads to no directory, whoever asks and on whatever condition")
    func readsAsDirectory() throws {
        var world = try world()
        let secret = try CreateFile.plan(
            CreateFile.Request(mode: FileMode(rawValue: 0o600)), on: world.resolve("/secret"), by: ada,
            ids: &world.ids)
        #expect(world.commit(secret) == .committed(at: .test(world.time)))
        let resolution = try world.resolve("/secret")
        let never = Conditions(ifMatch: .tags([EntityTag(opaque: "x")]))
        for caller in [ada, bob] {
            #expect(throws: Refusal.notADirectory(resolution.path)) {
                try ReadFile.plan(resolution, asDirectory: true, by: caller, conditions: never)
            }
            #expect(throws: Refusal.notADirectory(resolution.path)) {
                try Stat.plan(resolution, asDirectory: true, by: caller, conditions: never)
            }
        }
        #expect(try Stat.plan(world.resolve("/"), asDirectory: true, by: bob).kind == .directory)
    }

    @Test("A holder that was overtaken is refused, in the plan or in the commit, for good")
    func fences() throws {
        var world = try world()
        let resolution = try world.resolve("/file")
        #expect(throws: Refusal.superseded) {
            try ReplaceContent.plan(.init(fence: FencingToken(2)), on: resolution, by: ada, ids: &world.ids)
        }
        let slow = try ReplaceContent.plan(
            .init(fence: FencingToken(4)), on: resolution, by: ada, ids: &world.ids)
        let fast = try ReplaceContent.plan(
            .init(fence: FencingToken(5)), on: resolution, by: ada, ids: &world.ids)
        #expect(world.commit(fast) == .committed(at: .test(world.time)))
        guard case .refused(.broken(let broken)) = world.commit(slow) else {
            Issue.record("the overtaken holder wrote")
            return
        }
        #expect(slow.refusal(ifBroken: broken) == .superseded)
        #expect(try world.resolve("/file").target?.fence == FencingToken(5))
    }

    @Test("A change of the media type changes the tag, and asks for the right to write")
    func mediaTypes() throws {
        var world = try world()
        let before = EntityTag(of: try #require(try world.resolve("/file").target))
        let request = SetAttributes.Request(mediaType: .set(MediaType("text/html")))
        let plan = try SetAttributes.plan(request, on: world.resolve("/file"), by: ada, ids: &world.ids)
        #expect(world.commit(plan) == .committed(at: .test(world.time)))
        let after = try #require(try world.resolve("/file").target)
        #expect(EntityTag(of: after) != before && plan.inode(at: after.changedAt) == after)
        #expect(throws: Refusal.self) {
            try SetAttributes.plan(request, on: world.resolve("/file"), by: bob, ids: &world.ids)
        }
        #expect(throws: Refusal.invalid("Only a file has a media type.")) {
            try SetAttributes.plan(request, on: world.resolve("/directory"), by: ada, ids: &world.ids)
        }
    }

    @Test("A copy has the bytes and the type of the original, and follows it no further")
    func copies() throws {
        var world = try world()
        let original = try #require(try world.resolve("/file").target)
        let (source, destination) = (try world.resolve("/file"), try world.resolve("/new/copy"))
        let plan = try CopyFile.plan(.init(), from: source, to: destination, by: ada, ids: &world.ids)
        #expect(world.commit(plan) == .committed(at: .test(world.time)))
        let copy = try #require(try world.resolve("/new/copy").target)
        #expect(copy.content == original.content && copy.size == 5 && copy.mediaType == original.mediaType)
        #expect(copy.id != original.id && plan.inode(at: copy.bornAt) == copy)
        let late = try CopyFile.plan(
            .init(overwrite: true), from: source, to: world.resolve("/new/copy"), by: ada, ids: &world.ids)
        let change = try ReplaceContent.plan(.init(), on: world.resolve("/file"), by: ada, ids: &world.ids)
        _ = world.commit(change)
        let broken = Precondition.unchanged(original.id, version: original.changeVersion)
        #expect(world.commit(late) == .refused(.broken(broken)))
    }

    @Test("The deadline of the request is the deadline of the changeset")
    func deadlines() throws {
        var world = try world()
        let plan = try RemoveEntry.plan(
            .init(deadline: .test(world.time)), on: world.resolve("/file"), by: ada, ids: &world.ids)
        #expect(world.commit(plan) == .refused(.deadlinePassed))
    }

    @Test("A path that no request could name again is refused")
    func longPaths() throws {
        var world = try world()
        let name = FileName(validated: String(repeating: "n", count: 255))
        let path = FilePath(names: Array(repeating: name, count: 17))
        let resolution = world.store.resolve(path, at: .test(99))
        #expect(throws: Refusal.pathTooLong) {
            try CreateFile.plan(.init(), on: resolution, by: ada, ids: &world.ids)
        }
        #expect(throws: Refusal.pathTooLong) {
            try MoveEntry.plan(
                .init(), from: world.resolve("/file"), to: resolution, by: ada, ids: &world.ids)
        }
    }

    @Test("Nothing asked, nothing changed")
    func nothing() throws {
        var world = try world()
        let plan = try SetAttributes.plan(.init(), on: world.resolve("/file"), by: bob, ids: &world.ids)
        #expect(plan.changeset.mutations.isEmpty)
    }

    @Test("Every refusal and every conflict has a sentence")
    func sentences() throws {
        let path = try FilePath(parsing: "/a")
        let refusals: [Refusal] = [
            .notFound(path), .notADirectory(path), .isADirectory(path), .permissionDenied(.tree(path)),
            .directoryNotEmpty(path), .preconditionFailed, .notModified, .rootIsFixed, .moveIntoItself,
            .tooManyLinks(path),
            .pathTooLong, .nameTooLong(path), .linkLoop(path), .superseded, .keyUsed(body: nil),
            .invalid("So."),
        ]
        let conflicts = FileKind.allCases.map { Conflict(path: path, kind: $0, location: nil) }
        let sentences =
            refusals.map(\.description) + conflicts.map { Refusal.alreadyExists($0).description }
            + conflicts.map(\.suggestion)
            + DenialRule.allCases.map { rule in
                AccessDenial(path: path, right: .write, inodeMode: nil, permissionClass: nil, rule: rule)
                    .description
            }
        #expect(
            sentences.allSatisfy { $0.hasSuffix(".") && $0.first?.isUppercase != false || $0.hasPrefix("'") })
        #expect(Set(sentences).count == sentences.count - 1, "the tree's denial is there twice")
    }
}
