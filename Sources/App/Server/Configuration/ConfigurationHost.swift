/// What loading a configuration needs to know of the machine, as values and functions, so that a test can be
/// any machine. `ConfigurationHost.process` is the real one.
package struct ConfigurationHost {
    package enum FileError: Error, Sendable, Equatable {
        case notFound
        case tooLarge
        /// Why, in the words of the system.
        case unreadable(String)
    }

    package var environment: [String: String]
    /// All bytes of a file, at most `fileBytesMax`.
    package var readFile: (String) -> Result<[UInt8], FileError>
    /// Whether a directory is there, or could be made, that this process may write in. Changes nothing.
    package var isUsableDirectory: (String) -> Bool
    /// What is wrong with a certificate and its key, by the paths of both files, as a start would say it;
    /// nil when a server could use them today.
    package var certificateFault: (_ certificate: String, _ key: String) -> String?
    /// Whether events go to a terminal.
    package var isTerminal: Bool
    /// SHA-256, by which a key is known that the configuration only has the digest of.
    package var sha256: ([UInt8]) -> [UInt8]

    /// A configuration file beyond this is a mistake.
    package static let fileBytesMax = 1 << 20

    package init(
        environment: [String: String],
        readFile: @escaping (String) -> Result<[UInt8], FileError>,
        isUsableDirectory: @escaping (String) -> Bool,
        certificateFault: @escaping (String, String) -> String?,
        isTerminal: Bool,
        sha256: @escaping ([UInt8]) -> [UInt8]
    ) {
        self.environment = environment
        self.readFile = readFile
        self.isUsableDirectory = isUsableDirectory
        self.certificateFault = certificateFault
        self.isTerminal = isTerminal
        self.sha256 = sha256
    }
}
