/// Where CallFS means to differ from the kernel, each with its reason. What is not here is a defect.
///
/// Besides, the comparison itself leaves out what is no promise of either: the size and the link count of a
/// directory, which every filesystem of Linux counts as it likes.
package enum ArguedDifference: CaseIterable {
    /// A path is parsed before anything is looked up, so a name that is too long is refused as such wherever
    /// it stands; the kernel walks to it first, and may be stopped on the way by something else. Nobody
    /// learns more from CallFS: the answer depends on the request alone.
    case pathsAreParsedFirst
    /// A path with a trailing slash is a directory's, so a file or a link is never written at one: the
    /// request makes no sense, whatever is there. The root directory's path has one always; the kernel says
    /// EISDIR or EEXIST, or what else is in the way.
    case rootIsWrittenWithSlash
    /// `mkdir -p` of a symbolic link that leads to no directory: mkdir(1) says that something is there;
    /// CallFS says what is wrong with where it leads. Nothing is made by either.
    case looksBehindLinkInTheWay
    /// A move that makes the parents of its destination is one call here and two there, mkdir(1) with -p and
    /// rename(2). A directory that would move below itself is told so (EINVAL) before the right to make
    /// directories there is looked at, as rename(2) has it when no parent is missing.
    case movesBelowItselfMakingParents

    /// The reason for a difference; nil when there is none.
    package static func explaining(_ step: Step, kernel: Outcome, served: Outcome) -> ArguedDifference? {
        switch (kernel, served) {
        case (_, .refused(.badPath)) where kernel.isRefusal && step.call.hasTooLongName,
            (_, .refusedWithStatus(400)) where kernel.isRefusal && step.call.hasTooLongName:
            .pathsAreParsedFirst
        case (.refused, .refused(.invalid)) where step.call.writesRoot: .rootIsWrittenWithSlash
        case (.refused(.exists), .refused) where step.call.toleratesExisting: .looksBehindLinkInTheWay
        case (.refused(.denied), .refused(.invalid)) where step.call.makesParentsOfMove:
            .movesBelowItselfMakingParents
        default: nil
        }
    }
}

extension Call {
    fileprivate var toleratesExisting: Bool {
        if case .makeDirectory(_, _, toleratesExisting: true) = self { true } else { false }
    }

    fileprivate var makesParentsOfMove: Bool {
        if case .rename(_, _, _, makesParents: true) = self { true } else { false }
    }

    /// Whether the root directory is to become something else.
    fileprivate var writesRoot: Bool {
        switch self {
        case .create("/", _, _), .write("/", _, _), .makeSymlink("/", _), .makeLink("/", _): true
        default: false
        }
    }

    /// Whether the request names what cannot exist.
    fileprivate var hasTooLongName: Bool {
        let paths: [String] =
            switch self {
            case .rename(let from, let to, _, _): [from, to]
            case .makeLink(let path, let target): [path, target]
            case .makeDirectory, .create, .write, .makeSymlink, .read, .inspect, .change, .remove,
                .compareTrees:
                [path]
            }
        return paths.contains { path in path.split(separator: "/").contains { $0.utf8.count > 255 } }
    }
}
