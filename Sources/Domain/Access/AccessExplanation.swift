/// What somebody may ask: whether they could do one kind of thing with a path.
package enum AccessQuestion: String, Sendable, CaseIterable {
    /// To get a file's bytes, or to list a directory.
    case read
    /// To replace a file's content, or to add and remove entries of a directory.
    case write
    /// To remove the entry, or to move it away.
    case remove
}

/// The answer to such a question, with the one thing that decided it.
package struct AccessExplanation: Sendable, Equatable {
    package let isAllowed: Bool
    /// The path of what decided: the first thing on the way that says no, or what was asked about.
    package let path: FilePath
    /// The right that was looked for there; nil where it was not about rights.
    package let right: AccessRight?
    package let permissionClass: PermissionClass?
    package let mode: FileMode?
    package let rule: Rule

    package enum Rule: Sendable, Equatable {
        /// The bits alone grant it.
        case bits
        /// The superuser passes where the bits say no.
        case superuser
        /// Refused, and by what.
        case denied(DenialRule)
        /// Nothing is there, so there is nothing to have a right to.
        case missing
        /// A directory would have to be there.
        case notADirectory
        /// The root is not removed.
        case root
        /// Symbolic links lead in a circle, or through too many others.
        case linkLoop
    }

    /// Judges what the path leads to as the operations do, in their order: the walk from the root first, so
    /// that nobody hears of what lies behind a directory that they may not search.
    ///
    /// `asDirectory`: whether the path was written with a trailing slash.
    package static func explain(
        _ question: AccessQuestion, on resolution: Resolution, asDirectory: Bool, by principal: Principal
    ) -> AccessExplanation {
        do {
            try AccessPolicy.requireSearch(on: resolution, by: principal)
            let target = try resolution.requireTarget(asDirectory: asDirectory)
            let (judged, path) = try subject(question, target, resolution, principal)
            let rights = rights(question, on: judged)
            for right in rights { try AccessPolicy.require(right, on: judged, at: path, by: principal) }
            let decisions = rights.map { AccessPolicy.decide($0, on: judged, by: principal) }
            let decisive = decisions.first(where: \.isBySuperuser) ?? decisions[0]
            return AccessExplanation(
                isAllowed: true, path: path, right: decisive.right,
                permissionClass: decisive.permissionClass, mode: decisive.mode,
                rule: decisive.isBySuperuser ? .superuser : .bits)
        } catch {
            return refused(error, resolution)
        }
    }

    /// The inode whose bits count, and where it is: to remove an entry, those of the directory that holds it.
    private static func subject(
        _ question: AccessQuestion, _ target: Inode, _ resolution: Resolution, _ principal: Principal
    ) throws(Refusal) -> (Inode, FilePath) {
        guard question == .remove else { return (target, resolution.path) }
        guard let parent = resolution.parent, let path = resolution.path.parent else { throw .rootIsFixed }
        try AccessPolicy.requireRemoval(of: target, from: parent, at: path, by: principal)
        return (parent, path)
    }

    /// At least one.
    private static func rights(_ question: AccessQuestion, on inode: Inode) -> [AccessRight] {
        switch question {
        case .read: inode.kind == .directory ? [.read, .search] : [.read]
        case .write: inode.kind == .directory ? [.write, .search] : [.write]
        case .remove: [.write, .search]
        }
    }

    private static func refused(_ refusal: Refusal, _ resolution: Resolution) -> AccessExplanation {
        switch refusal {
        case .permissionDenied(let denial):
            AccessExplanation(
                isAllowed: false, path: denial.path, right: denial.right,
                permissionClass: denial.permissionClass, mode: denial.inodeMode, rule: .denied(denial.rule))
        case .notADirectory(let path): refused(at: path, .notADirectory)
        case .rootIsFixed: refused(at: .root, .root)
        // The first name that is missing: what is below it cannot be there either.
        case .notFound: refused(at: resolution.path(ofChainIndex: resolution.steps.count + 1), .missing)
        case .nameTooLong(let path): refused(at: path, .missing)
        case .linkLoop(let path): refused(at: path, .linkLoop)
        case .isADirectory, .alreadyExists, .directoryNotEmpty, .preconditionFailed, .notModified,
            .moveIntoItself, .tooManyLinks, .pathTooLong, .superseded, .keyUsed, .invalid:
            preconditionFailure("a walk is not refused with \(refusal)")
        }
    }

    private static func refused(at path: FilePath, _ rule: Rule) -> AccessExplanation {
        AccessExplanation(
            isAllowed: false, path: path, right: nil, permissionClass: nil, mode: nil, rule: rule)
    }
}
