import Domain

/// Where a path leads in the model.
enum ModelWalk {
    case failed(RefusalKind)
    /// The deepest directory that is there, and the names below it that are not.
    case missing(in: Int, ArraySlice<Name>)
    case found(Int, at: ModelNode.Place?)
}

extension FilesystemModel {
    /// Walks a path as path_resolution(7) tells. `following`, through a link at its end as well; `creating`,
    /// for one who makes a file where nothing is.
    func walk(
        _ path: [Name], following: Bool = false, creating: Bool = false, _ user: ModelUser
    ) -> ModelWalk {
        var place = Self.root
        var at: ModelNode.Place?
        for (index, name) in path.enumerated() {
            guard nodes[place].isDirectory else { return .failed(.notADirectory) }
            guard nodes[place].lets(user, 1) else { return .failed(.permissionDenied) }
            guard let child = nodes[place].child(name) else { return .missing(in: place, path[index...]) }
            let isLast = index == path.count - 1
            if nodes[child].kind == .symlink, following || !isLast {
                return LinkWalk(self, user, creating: creating, following: following).walk(path)
            }
            at = ModelNode.Place(parent: place, name: name)
            place = child
        }
        return .found(place, at: at)
    }
}

/// A walk that comes by symbolic links.
private struct LinkWalk {
    private struct Step {
        let part: LinkTarget.Part
        let isOfLink: Bool
    }

    private let model: FilesystemModel
    private let user: ModelUser
    private let creating: Bool
    private let following: Bool
    /// The next one last.
    private var rest: [Step] = []
    private var followed = 0
    private var demandsDirectory = false

    init(_ model: FilesystemModel, _ user: ModelUser, creating: Bool, following: Bool) {
        self.model = model
        self.user = user
        self.creating = creating
        self.following = following
    }

    consuming func walk(_ path: [Name]) -> ModelWalk {
        rest = path.reversed().map { Step(part: .name($0), isOfLink: false) }
        var place = FilesystemModel.root
        var at: ModelNode.Place?
        while let step = rest.popLast() {
            guard model.nodes[place].isDirectory else { return .failed(.notADirectory) }
            guard model.nodes[place].lets(user, 1) else { return .failed(.permissionDenied) }
            if creating, demandsDirectory, rest.isEmpty { return .failed(.isADirectory) }
            switch step.part {
            case .current: continue
            case .parent:
                place = model.nodes[place].places.first?.parent ?? FilesystemModel.root
                at = model.nodes[place].places.first
            case .tooLong: return .failed(.invalid)
            case .name(let name):
                guard let child = model.nodes[place].child(name) else {
                    if step.isOfLink, !rest.isEmpty { return .failed(.notFound) }
                    return .missing(in: place, [name] + names)
                }
                guard model.nodes[child].kind == .symlink, following || !rest.isEmpty else {
                    at = ModelNode.Place(parent: place, name: name)
                    place = child
                    continue
                }
                if let refusal = follow(child, in: place) { return .failed(refusal) }
                if model.vocabulary.targets[Int(model.nodes[child].target)].isAbsolute {
                    place = FilesystemModel.root
                }
                at = model.nodes[place].places.first
            }
        }
        if demandsDirectory, !model.nodes[place].isDirectory { return .failed(.notADirectory) }
        return .found(place, at: at)
    }

    /// Puts the parts of a link before the rest.
    private mutating func follow(_ link: Int, in directory: Int) -> RefusalKind? {
        followed += 1
        if followed > 40 { return .invalid }
        let target = model.vocabulary.targets[Int(model.nodes[link].target)]
        if rest.isEmpty {
            // fs.protected_symlinks of proc_sys_fs(5).
            let isShared = model.nodes[directory].mode & 0o1002 == 0o1002
            let owner = model.nodes[link].owner
            if isShared, user.uid != owner, model.nodes[directory].owner != owner {
                return .permissionDenied
            }
            if target.demandsDirectory { demandsDirectory = true }
        }
        rest += target.parts.reversed().map { Step(part: $0, isOfLink: true) }
        return nil
    }

    /// What is left, once a name of the request was not found.
    private var names: ArraySlice<Name> {
        rest.reversed().compactMap { step in
            guard case .name(let name) = step.part else { return nil }
            return name
        }[...]
    }
}
