package import Domain
package import Ports

/// Why a directory cannot be a store. The description is a sentence for the operator, to be put behind the
/// name of the directory.
package enum LocalStoreError: Error, Equatable, Sendable {
    case missing
    case notADirectory
    case notWritable
    case inUse
    case full
    case otherDeployment(found: DeploymentID, expected: DeploymentID)
    /// There is something in it that no store made; the name is an example.
    case unmarkedData(name: String)
    case damagedMarker
    case otherFormat(Int)
    case failed(DiskError)

    /// What an error of the disk means for the directory as a whole.
    package init(_ error: DiskError) {
        switch error {
        case .notFound: self = .missing
        case .refused: self = .notADirectory
        case .notPermitted: self = .notWritable
        case .locked: self = .inUse
        case .full: self = .full
        case .exists, .failed, .cancelled: self = .failed(error)
        }
    }
}

extension LocalStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "does not exist; create it first or correct the path"
        case .notADirectory: "is not a directory, or something below .callfs in it is not what it should be"
        case .notWritable: "is not writable by the user that this server runs as"
        case .inUse: "is in use by another process; two servers must not share a directory"
        case .full: "has no room left for what a new store needs"
        case .otherDeployment(let found, let expected):
            "belongs to deployment \(found), but the metadata store is of deployment \(expected)"
        case .unmarkedData(let name):
            "holds data that no store of this server made (for example \(name)); "
                + "choose an empty directory or import it"
        case .damagedMarker:
            "has a damaged marker (.callfs/store.json); restore that file from a backup"
        case .otherFormat(let format):
            "was written in format \(format), which this version cannot read"
        case .failed(let error): "cannot be used: \(error)"
        }
    }
}
