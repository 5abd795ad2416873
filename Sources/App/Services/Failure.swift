package import Domain
package import Ports

/// Why a use case did not do what was asked, by what the client can do about it.
package enum Failure: Error, Equatable, Sendable {
    /// The rules of the filesystem say no.
    case refused(Refusal)
    /// The body that was sent is at fault.
    case body(ByteStreamError)
    case bodyTooLarge(limit: UInt64)
    /// More entries than one commit may copy.
    case treeTooLarge(limit: Int)
    /// The body is not what the client said it is.
    case digestMismatch(DigestAlgorithm)
    /// The metadata store does not answer: try again later.
    case metadataUnavailable
    /// The store of a content does not answer: try again later.
    case backendUnavailable
    /// The node that has the content does not answer.
    case instanceUnavailable(InstanceID)
    /// No room for it.
    case insufficientStorage
    /// Somebody else writes the same file for longer than one may wait.
    case locked
    case locksUnavailable
    /// It took longer than it may.
    case deadlineExceeded
    /// Too many others changed the same things; every attempt was overtaken.
    case contended
    /// There never was such a link, or so long ago that nobody knows.
    case linkNotFound
    /// The link was used, has expired, or leads nowhere any more.
    case linkGone
    /// What is stored is damaged.
    case corrupt
    case cancelled
    /// A fault of this program or its surroundings; the sentence is for the log.
    case internalError(String)
}

extension Failure {
    package init(_ error: MetadataError) {
        switch error {
        case .unavailable, .ambiguous: self = .metadataUnavailable
        case .full: self = .insufficientStorage
        case .corrupt: self = .corrupt
        case .cancelled: self = .cancelled
        }
    }

    package init(_ error: ContentError) {
        switch error {
        case .notFound, .corrupt: self = .corrupt
        case .full: self = .insufficientStorage
        case .throttled, .unavailable: self = .backendUnavailable
        case .refused(let reason): self = .internalError(reason)
        case .body(.tooLarge(let limit)): self = .bodyTooLarge(limit: limit)
        case .body(let error): self = .body(error)
        case .cancelled: self = .cancelled
        }
    }

    package init(_ error: LockError) {
        switch error {
        case .timedOut: self = .locked
        case .lost: self = .contended
        case .unavailable: self = .locksUnavailable
        case .cancelled: self = .cancelled
        }
    }
}
