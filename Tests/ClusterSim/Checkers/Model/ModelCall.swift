import Domain

/// A call in the model's terms: names are numbers, and tags what they stand for.
enum ModelCall {
    case write([Name], BodyValue, exclusive: Bool, mode: UInt16, mediaType: Int32, ModelConditions)
    case read([Name], range: Range<Int>?, ModelConditions)
    case stat([Name], following: Bool)
    case list([Name], after: Name?, limit: Int)
    case makeDirectory([Name], mode: UInt16, tolerant: Bool)
    case makeSymlink([Name], target: Int32)
    case link([Name], to: [Name])
    case remove([Name], tree: Bool, ModelConditions)
    case move([Name], to: [Name], overwrite: Bool, parents: Bool, ModelConditions)
    case copy([Name], to: [Name], overwrite: Bool, ModelConditions)
    case setAttributes([Name], ModelAttributes, ModelConditions)
    case issueLink([Name])
    case redeemLink(issue: Int, claimant: Int, mayHaveExpired: Bool)

    /// Whether it leaves every state as it is, whatever it answers.
    var onlyLooks: Bool {
        switch self {
        case .read, .stat, .list: true
        case .write, .makeDirectory, .makeSymlink, .link, .remove, .move, .copy, .setAttributes, .issueLink,
            .redeemLink:
            false
        }
    }
}

struct ModelAttributes {
    var mode: UInt16?
    var owner: UInt32?
    var group: UInt32?
    var modifiedAt: Int64?
    var mediaType: Int32?
    var labels: [ModelLabel] = []
}

/// What an entity tag of a file says: which bytes, in which representation.
struct TagMeaning: Hashable {
    let number: UInt32
    let mediaType: Int32
}

struct ModelConditions {
    enum Tag {
        case any
        case meaning(TagMeaning)
        /// One that nothing has.
        case foreign
    }

    var ifMatch: Tag?
    var ifNoneMatch: Tag?

    enum Verdict { case holds, fails, notModified }

    /// For `node`, nil for what is not there. RFC 9110 section 13.2.2.
    func verdict(on node: ModelNode?, isRead: Bool = false) -> Verdict {
        if let ifMatch, !Self.matches(ifMatch, node) { return .fails }
        if let ifNoneMatch, Self.matches(ifNoneMatch, node) { return isRead ? .notModified : .fails }
        return .holds
    }

    private static func matches(_ tag: Tag, _ node: ModelNode?) -> Bool {
        guard let node else { return false }
        switch tag {
        case .any: return true
        case .meaning(let meaning):
            return node.kind == .file && node.body.number == meaning.number
                && node.mediaType == meaning.mediaType
        case .foreign: return false
        }
    }
}

/// What the model answers: where to look for what the answer carries.
enum ModelAnswer {
    case refused(RefusalKind)
    case done
    /// A state as it is now.
    case state(Int, isNew: Bool)
    case attributes(Int)
    case content(Int, range: Range<Int>?)
    case notModified
    /// Entries of a directory, by their indexes.
    case page(Int, Range<Int>, hasMore: Bool)
    case link
    /// Bytes by a link; a claimant that comes again may be late as well.
    case served(BodyValue, again: Bool)
}
