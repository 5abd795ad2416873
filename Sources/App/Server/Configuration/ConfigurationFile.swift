private import Domain
package import YAML

/// The one configuration file, found and parsed.
package struct ConfigurationFile: Sendable {
    package let path: String
    /// Nil for a file that says nothing.
    package let root: YAMLNode?
    /// Files that are there too and were passed over.
    package let ignored: [String]

    /// In the order in which they are looked for in the working directory.
    package static let defaultPaths = ["config.yaml", "config.yml", "config.json"]

    /// Nil when no file was named and none of the default ones is there.
    package static func read(
        _ named: String?, _ host: ConfigurationHost
    ) throws(ConfigurationProblem) -> Self? {
        if let named {
            return Self(path: named, root: try parse(named, host.readFile(named)), ignored: [])
        }
        let present = defaultPaths.map { ($0, host.readFile($0)) }.filter { $0.1 != .failure(.notFound) }
        guard let (path, content) = present.first else { return nil }
        return Self(path: path, root: try parse(path, content), ignored: present.dropFirst().map(\.0))
    }

    private static func parse(
        _ path: String, _ content: Result<[UInt8], ConfigurationHost.FileError>
    ) throws(ConfigurationProblem) -> YAMLNode? {
        let name = PrintableText.quoted(path)
        switch content {
        case .failure(.notFound):
            throw ConfigurationProblem(source: nil, message: "there is no configuration file \(name)")
        case .failure(.tooLarge):
            throw ConfigurationProblem(
                source: nil,
                message:
                    "the configuration file \(name) is larger than \(ConfigurationHost.fileBytesMax) bytes")
        case .failure(.unreadable(let reason)):
            throw ConfigurationProblem(
                source: nil, message: "the configuration file \(name) cannot be read: \(reason)")
        case .success(let bytes):
            do throws(DocumentError) {
                return try path.hasSuffix(".json") ? JSONDocument.parse(bytes) : YAMLDocument.parse(bytes)
            } catch {
                throw ConfigurationProblem(
                    source: .file(path: path, line: error.line), message: error.message)
            }
        }
    }
}

extension ConfigurationProblem: Error {}
