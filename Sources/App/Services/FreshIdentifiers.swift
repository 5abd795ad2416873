import Domain
import Ports

/// Identifiers of this moment, for the plans.
struct FreshIdentifiers: IdentifierSource {
    private let entropy: any EntropySource
    private let time: WallTime

    init(_ dependencies: Dependencies) {
        entropy = dependencies.entropy
        time = dependencies.time.wallNow()
    }

    mutating func next() -> Identifier { entropy.identifier(at: time) }
}
