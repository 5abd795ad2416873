import Domain

/// What says whose a directory is: written into it once and compared at every start, so that a mistyped
/// setting leads to a refusal and not to a sweep.
struct StoreMarker: Equatable {
    /// The layout of the store that this program writes and reads.
    static let currentFormat = 1
    /// A marker is about 100 bytes; what is longer is none.
    static let bytesMax = 4096

    let deployment: DeploymentID
    let store: StoreID

    enum ReadError: Error, Equatable {
        case damaged
        case otherFormat(Int)
    }

    /// One line of JSON, for people and their tools.
    var text: String {
        "{\"format\":\(Self.currentFormat),\"deployment\":\"\(deployment)\",\"store\":\"\(store)\"}\n"
    }

    init(deployment: DeploymentID, store: StoreID) {
        self.deployment = deployment
        self.store = store
    }

    /// Reads exactly what `text` writes. Nobody edits a marker, so whatever differs is damage or another
    /// format.
    init(reading text: String) throws(ReadError) {
        let head = "{\"format\":"
        guard text.hasPrefix(head) else { throw .damaged }
        let digits = text.dropFirst(head.count).prefix { $0.isASCII && $0.isNumber }
        guard let format = Int(digits) else { throw .damaged }
        guard format == Self.currentFormat else { throw .otherFormat(format) }
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count == 11, let deployment = Identifier(parts[5]), let store = Identifier(parts[9])
        else {
            throw .damaged
        }
        self.init(deployment: DeploymentID(deployment), store: StoreID(store))
        guard self.text == text else { throw .damaged }
    }
}
