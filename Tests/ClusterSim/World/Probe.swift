import Domain

/// Something rare that the standing seeds have to come by: where one of them never does, the workloads and
/// the faults have stopped to reach what they are there for.
package enum Probe: String, Sendable, CaseIterable {
    case ambiguousCommit = "a commit is ambiguous"
    case doubtBecameYes = "a doubt is decided: it was committed"
    case doubtBecameNo = "a doubt is decided: it is aborted"
    case chainBroken = "a commit finds that a path leads elsewhere"
    case nameTaken = "a commit finds that a name was taken"
    case accessChanged = "a commit finds that rights were changed"
    case targetChanged = "a commit finds that what it changes was changed"
    case directoryFilled = "a commit finds that a directory is not empty"
    case treeForbidden = "a commit finds that a tree must not be removed"
    case overtakenByFence = "a commit finds that a later lease has written"
    case linkTaken = "a commit finds that a link is claimed"
    case keyTaken = "a commit finds that a key was used"
    case commitTooLate = "a commit comes after its deadline"
    case commitAborted = "a commit comes after it was decided that it will not"
    case locationClaimed = "a commit finds that the sweep has claimed its content"
    case orphanSwept = "a sweep claims what no row knows"
    case contentForgotten = "the row of a deleted content goes"
    case nodeCouldNotStart = "a node could not start at once"
    case locksDown = "the lock service is down"
    case crashOnSuccess = "power is cut right after a success"
    case rollingRestart = "all nodes are restarted, one after the other"
    case emptyDisk = "a node is started on an empty disk"
    case namesakeRefused = "a second process of one name is refused"
    case namesakeServes = "a second process of one name takes the place of the first"
    case flippedByte = "a byte flips on a disk"
    case flippedByteRead = "a reader gets a flipped byte, and the digest that shows it"
    case requestRepeated = "a request of a client comes twice"
    case messageRepeated = "a request of a node comes twice"
    case slowListing = "a listing of the bucket is slow"
    case keyAnsweredTwice = "two requests of one key are both answered"

    /// What a commit found; nil for what is not rare.
    init?(_ outcome: CommitOutcome) {
        guard case .refused(let refusal) = outcome else { return nil }
        switch refusal {
        case .broken(let precondition): self.init(precondition)
        case .deadlinePassed: self = .commitTooLate
        case .aborted: self = .commitAborted
        case .locationClaimed: self = .locationClaimed
        case .identifierTaken, .treeTooLarge: return nil
        }
    }

    private init(_ precondition: Precondition) {
        self =
            switch precondition {
            case .entry: .chainBroken
            case .noEntry: .nameTaken
            case .access: .accessChanged
            case .unchanged: .targetChanged
            case .emptyDirectory: .directoryFilled
            case .removableTree: .treeForbidden
            // The chains of both ends are asked first, and say the same (`MoveEntry`).
            case .outside: .chainBroken
            case .fence: .overtakenByFence
            // So does the original, which has changed before its content is condemned (`CopyFile`).
            case .contentIsLive: .targetChanged
            case .linkIsOpen: .linkTaken
            case .keyUnused: .keyTaken
            }
    }
}
