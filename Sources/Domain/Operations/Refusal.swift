/// Why an operation may not happen: a final answer on the state that it was decided on. Everything in it is
/// meant for the client.
package enum Refusal: Error, Equatable, Sendable {
    /// Nothing is at the path (ENOENT).
    case notFound(FilePath)
    /// It would have to be a directory (ENOTDIR).
    case notADirectory(FilePath)
    /// It must not be a directory (EISDIR).
    case isADirectory(FilePath)
    /// A right is missing (EACCES, EPERM).
    case permissionDenied(AccessDenial)
    /// Something is at the path (EEXIST).
    case alreadyExists(Conflict)
    /// (ENOTEMPTY)
    case directoryNotEmpty(FilePath)
    /// A condition of the client's does not hold (RFC 9110 section 15.5.13).
    case preconditionFailed
    /// The client has what it asks for (RFC 9110 section 15.4.5).
    case notModified
    /// The root is neither made, nor removed, nor moved (EBUSY).
    case rootIsFixed
    /// A directory cannot move below itself (EINVAL).
    case moveIntoItself
    /// (EMLINK)
    case tooManyLinks(FilePath)
    /// (ENAMETOOLONG)
    case pathTooLong
    /// A symbolic link leads on from here by a name that is too long (ENAMETOOLONG).
    case nameTooLong(FilePath)
    /// This symbolic link is one too many on the way (ELOOP).
    case linkLoop(FilePath)
    /// A later holder of the lock has written already.
    case superseded
    /// The request's key was used before; carries the digest of this one's body, where it was read.
    case keyUsed(body: [UInt8]?)
    /// The request makes no sense here; the sentence says why.
    case invalid(String)
}

extension Refusal: CustomStringConvertible {
    /// A sentence for the client.
    package var description: String {
        switch self {
        case .notFound(let path): "There is nothing at '\(path)'."
        case .notADirectory(let path): "'\(path)' is not a directory."
        case .isADirectory(let path): "'\(path)' is a directory."
        case .permissionDenied(let denial): denial.description
        case .alreadyExists(let conflict): conflict.description
        case .directoryNotEmpty(let path): "The directory '\(path)' is not empty."
        case .preconditionFailed: "A condition of the request does not hold."
        case .notModified: "The representation is the one that the client has."
        case .rootIsFixed: "The root directory cannot be made, removed or moved."
        case .moveIntoItself: "A directory cannot be moved into itself."
        case .tooManyLinks(let path): "'\(path)' has too many names."
        case .pathTooLong: PathRefusal(rule: .pathTooLong).description
        case .nameTooLong(let path):
            "A symbolic link leads from '\(path)' to a name of more than \(Limits.nameBytesMax) bytes."
        case .linkLoop(let path):
            "The path leads through more than \(Limits.symlinksFollowedMax) symbolic links, or in a circle:"
                + " it was given up at '\(path)'."
        case .superseded: "A later write to the same file has been committed already."
        case .keyUsed: "The idempotency key was used before."
        case .invalid(let sentence): sentence
        }
    }
}

extension Refusal {
    /// Whether it answers the request for good, so that it is what a repetition is told too.
    package var isLasting: Bool {
        switch self {
        case .notFound, .notADirectory, .isADirectory, .permissionDenied, .alreadyExists, .directoryNotEmpty,
            .preconditionFailed, .rootIsFixed, .moveIntoItself, .tooManyLinks, .pathTooLong,
            .nameTooLong, .linkLoop, .invalid:
            true
        case .notModified, .superseded, .keyUsed: false
        }
    }
}
