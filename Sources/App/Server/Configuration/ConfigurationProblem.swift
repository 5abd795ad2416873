/// Where a setting was said.
package enum ConfigurationSource: Sendable, Hashable, CustomStringConvertible {
    case defaults
    case file(path: String, line: Int)
    case variable(String)
    case option(String)

    package var description: String {
        switch self {
        case .defaults: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .variable(let name): name
        case .option(let name): name
        }
    }
}

/// One thing wrong with a configuration. The message never holds a secret.
package struct ConfigurationProblem: Sendable, Hashable, CustomStringConvertible {
    /// Nil for what concerns the whole.
    package let source: ConfigurationSource?
    package let message: String

    package var description: String { source.map { "\($0): \(message)" } ?? message }
}

/// All that is wrong with a configuration, in the order of its sources; never empty.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let problems: [ConfigurationProblem]

    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }

    /// What the program exits with.
    package static let exitCode: Int32 = 1
}
