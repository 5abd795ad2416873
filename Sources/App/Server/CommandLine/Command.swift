/// What one invocation of the program asks for.
package enum Command: Sendable, Equatable {
    case server(ConfigurationRequest)
    case validateConfiguration(ConfigurationRequest)
    case exampleConfiguration(ExampleFormat)
    case checkFilesystem(ConfigurationRequest)
    case describeAPI
    case help(HelpTopic)
    case version

    package enum ExampleFormat: Sendable, Equatable {
        case yaml
        /// The reference in `docs/CONFIGURATION.md`.
        case markdown
    }
}

/// What the command line says about the configuration.
package struct ConfigurationRequest: Sendable, Equatable {
    /// The file that must be read; nil to look in the working directory.
    package var file: String?
    /// Stands above every other source of `data_dir`.
    package var dataDirectory: String?

    package init(file: String? = nil, dataDirectory: String? = nil) {
        self.file = file
        self.dataDirectory = dataDirectory
    }
}

/// What help is asked for.
package enum HelpTopic: String, Sendable, Equatable, CaseIterable {
    case program = ""
    case server = "server"
    case configuration = "config"
    case validateConfiguration = "config validate"
    case exampleConfiguration = "config example"
    case checkFilesystem = "fsck"
    case describeAPI = "openapi"
}

/// The command line said something that this program does not know. The text is one sentence and a hint.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    /// What a shell expects after a misuse.
    package static let exitCode: Int32 = 2
}

/// What a command that only prints has to say.
package struct CommandOutput: Sendable, Equatable {
    package var standardOutput = ""
    package var standardError = ""
    package var exitCode: Int32 = 0
}
