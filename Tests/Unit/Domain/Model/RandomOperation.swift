import Domain

/// Users who differ in everything that permissions look at.
struct Actor {
    let principal: Principal
    let naive: NaiveUser

    private init(_ name: String, _ user: UInt32, _ group: UInt32, _ groups: [UInt32], umask: UInt16) {
        principal = Principal(
            name: name, user: UserID(user), group: GroupID(group),
            supplementaryGroups: groups.map(GroupID.init),
            umask: Umask(umask))
        naive = NaiveUser(
            uid: Int(user), gid: Int(group), groups: Set(groups.map(Int.init)), umask: Int(umask))
    }

    static let all = [
        Actor("root", 0, 0, [], umask: 0o022),
        Actor("ada", 1001, 500, [600], umask: 0o022),
        Actor("bob", 1002, 500, [700], umask: 0o002),
        Actor("cleo", 1003, 600, [], umask: 0o077),
        Actor("dan", 1004, 800, [500, 700], umask: 0o000),
    ]
}

/// One thing that somebody tries.
enum RandomOperation {
    case create(FilePath, isDirectory: Bool, mode: FileMode?, parents: Bool)
    case symlink(FilePath, to: String, parents: Bool)
    case link(FilePath, FilePath, parents: Bool)
    case write(FilePath, mtime: Int?, creates: Bool)
    case remove(FilePath, tree: Bool)
    case move(FilePath, FilePath, overwrite: Bool, parents: Bool)
    case copy(FilePath, FilePath, overwrite: Bool, parents: Bool)
    case setAttributes(FilePath, mode: FileMode?, owner: UInt32?, group: UInt32?, mtime: Int?)
    case read(FilePath)
    case list(FilePath)
    case stat(FilePath, follow: Bool)

    private static let names = ["a", "b", "c"].map(FileName.init(validated:))
    private static let modes: [UInt16] = [
        0o777, 0o777, 0o755, 0o700, 0o1777, 0o2775, 0o3777, 0o500, 0o444, 0o4755, 0o6755, 0o2745, 0o2777,
        0o070,
        0o007, 0o666, 0o1770, 0o6777, 0o300, 0o644, 0o2666, 0o711,
    ]

    /// Up and down, out of the tree, in circles, through files, and to where nothing is.
    private static let targets = [
        "a", "b", "c", "a/b", "b/", "../a", "../b/c", "../../c", "/a", "/b/c", "/a/b/c", "/", "..", ".",
        "c/..",
        "a/../b", "./c/.", "//b//a", "b/./", "/c/../../a", "a/" + String(repeating: "n", count: 256),
    ]

    static func random(_ generator: inout SeededGenerator) -> RandomOperation {
        let path = path(&generator)
        let chance = Ratio(1, of: 2)
        switch generator.number(below: 40) {
        case 0..<6:
            return .create(
                path, isDirectory: false, mode: mode(&generator), parents: generator.happens(chance))
        case 6..<11:
            return .create(
                path, isDirectory: true, mode: mode(&generator), parents: generator.happens(chance))
        case 11..<14:
            return .write(
                path, mtime: generator.happens(Ratio(1, of: 4)) ? 77 : nil,
                creates: generator.happens(chance))
        case 14: return .remove(path, tree: false)
        case 15: return .remove(path, tree: true)
        case 16..<21:
            return .move(
                path, self.path(&generator), overwrite: generator.happens(chance),
                parents: generator.happens(chance))
        case 21..<24:
            return .copy(
                path, self.path(&generator), overwrite: generator.happens(chance),
                parents: generator.happens(chance))
        case 24..<29: return attributes(path, &generator)
        case 29: return .read(path)
        case 30: return .list(path)
        case 31: return .stat(path, follow: generator.happens(chance))
        case 32..<37:
            return .symlink(
                path, to: generator.element(of: targets), parents: generator.happens(chance))
        default: return .link(self.path(&generator), path, parents: generator.happens(chance))
        }
    }

    private static func path(_ generator: inout SeededGenerator) -> FilePath {
        let depth = generator.element(of: [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 4])
        return FilePath(names: (0..<depth).map { _ in generator.element(of: names) })
    }

    private static func mode(_ generator: inout SeededGenerator) -> FileMode? {
        generator.happens(Ratio(1, of: 3)) ? nil : FileMode(rawValue: generator.element(of: modes))
    }

    private static func attributes(_ path: FilePath, _ generator: inout SeededGenerator) -> RandomOperation {
        // A root that is closed for long hides all the rest.
        let path = path == .root && generator.happens(Ratio(9, of: 10)) ? self.path(&generator) : path
        let parts = generator.element(of: [1, 1, 2, 4, 6, 8, 3, 7, 15])
        return .setAttributes(
            path, mode: parts & 1 != 0 ? FileMode(rawValue: generator.element(of: modes)) : nil,
            owner: parts & 2 != 0 ? generator.element(of: [0, 1001, 1002, 1003]) : nil,
            group: parts & 4 != 0 ? generator.element(of: [500, 600, 700, 800]) : nil,
            mtime: parts & 8 != 0 ? 99 : nil)
    }

    /// The paths that it resolves.
    var paths: [FilePath] {
        switch self {
        case .create(let path, _, _, _), .write(let path, _, _), .remove(let path, _), .read(let path),
            .list(let path), .symlink(let path, _, _),
            .stat(let path, _), .setAttributes(let path, _, _, _, _):
            [path]
        case .move(let source, let destination, _, _), .copy(let source, let destination, _, _),
            .link(let source, let destination, _):
            [source, destination]
        }
    }

    /// Which links each of the paths is resolved through.
    var following: [LinkFollowing] {
        switch self {
        case .create, .remove, .symlink: [.intermediate]
        case .write(_, _, let creates): [creates ? .creation : .all]
        case .read, .list, .setAttributes: [.all]
        case .stat(_, let follow): [follow ? .all : .intermediate]
        case .move, .link: [.intermediate, .intermediate]
        case .copy(_, _, let overwrite, _): [.all, overwrite ? .creation : .intermediate]
        }
    }

    /// Its paths, resolved as it needs them.
    func resolutions(in store: ModelStore, at time: WallTime) -> [Resolution] {
        zip(paths, following).map { store.resolve($0, following: $1, at: time) }
    }

    /// Does it to the naive filesystem. New content is told apart by its size.
    func perform(
        on filesystem: inout NaiveFilesystem, by user: NaiveUser, size: Int, at time: Int
    ) -> Errno {
        switch self {
        case .create(let path, let isDirectory, let mode, let parents):
            return filesystem.create(
                path.texts, kind: isDirectory ? .directory : .file,
                mode: Int(mode?.rawValue ?? (isDirectory ? 0o777 : 0o666)),
                size: isDirectory ? 0 : size, parents: parents, at: time, user)
        case .symlink(let path, let target, let parents):
            return filesystem.create(
                path.texts, kind: .link(target), mode: 0o777, size: target.utf8.count, parents: parents,
                at: time, user)
        case .link(let existing, let path, let parents):
            return filesystem.link(existing.texts, path.texts, parents: parents, at: time, user)
        case .write(let path, let mtime, let creates):
            return filesystem.write(
                path.texts, size: size, mtime: mtime, creates: creates, at: time, user)
        case .remove(let path, let tree):
            return filesystem.remove(path.texts, tree: tree, at: time, user)
        case .move(let source, let destination, let overwrite, let parents):
            return filesystem.rename(
                source.texts, destination.texts, overwrite: overwrite, parents: parents, at: time, user)
        case .copy(let source, let destination, let overwrite, let parents):
            return filesystem.copy(
                source.texts, destination.texts, overwrite: overwrite, parents: parents, at: time, user)
        case .setAttributes(let path, let mode, let owner, let group, let mtime):
            return filesystem.setAttributes(
                path.texts, mode: mode.map { Int($0.rawValue) }, uid: owner.map(Int.init),
                gid: group.map(Int.init), mtime: mtime, user)
        case .read(let path): return filesystem.look(path.texts, reading: true, listing: false, user)
        case .list(let path): return filesystem.look(path.texts, reading: false, listing: true, user)
        case .stat(let path, let follow):
            return filesystem.look(path.texts, reading: false, listing: false, follow: follow, user)
        }
    }
}

extension FilePath {
    var texts: [String] { names.map(\.text) }
}
