/// What `--help` and `--version` print.
package enum HelpText {
    package static let version = "0.1.0"

    package static var versionOutput: CommandOutput { CommandOutput(standardOutput: "callfs \(version)\n") }

    package static func output(_ topic: HelpTopic) -> CommandOutput {
        CommandOutput(standardOutput: text(topic) + "\n")
    }

    private static func text(_ topic: HelpTopic) -> String {
        switch topic {
        case .program: program
        case .server: server
        case .configuration: configuration
        case .validateConfiguration: validate
        case .exampleConfiguration: example
        case .checkFilesystem: checkFilesystem
        case .describeAPI: describeAPI
        }
    }

    private static let program = """
        callfs - a filesystem over HTTPS

        Usage:
          callfs server [--config|-c FILE] [--data-dir DIR]   start the server
          callfs config validate [--config|-c FILE]           check the configuration and show what holds
          callfs config example                               print a commented configuration file
          callfs fsck [--data-dir DIR]                        check a stopped server's store
          callfs openapi                                      print the description of the API (OpenAPI 3.1)
          callfs help [COMMAND], callfs COMMAND --help        explain a command
          callfs --version                                    print the version

        Without any configuration the server starts with everything in one data directory.
        """

    private static let sources = """
        Settings come from the command line, else from environment variables (CALLFS_SERVER_LISTEN_ADDR for
        server.listen_addr), else from the configuration file, else they have their defaults. Without --config
        the file is config.yaml, config.yml or config.json in the working directory, if there is one.
        """

    private static let server = """
        Usage: callfs server [--config|-c FILE] [--data-dir DIR]

        Starts the server and stays in the foreground; SIGINT or SIGTERM stops it when its requests are done,
        a second signal at once.

          --config, -c FILE   read this configuration file (YAML, or JSON when its name ends in .json)
          --data-dir DIR      keep everything of an embedded node here (data_dir)

        \(sources)
        """

    private static let configuration = """
        Usage: callfs config validate [--config|-c FILE] [--data-dir DIR]
               callfs config example

          validate   check the configuration and show what holds
          example    print a commented configuration file with every key and its default
        """

    private static let validate = """
        Usage: callfs config validate [--config|-c FILE] [--data-dir DIR]

        Prints every setting that holds and where it comes from, secrets masked. When the server would not
        start, prints every problem instead and exits with 1.

        \(sources)
        """

    private static let example = """
        Usage: callfs config example

        Prints a configuration file with every key, what it means, and its default.
        """

    private static let checkFilesystem = """
        Usage: callfs fsck [--config|-c FILE] [--data-dir DIR]

        Checks the store of a server that does not run: every file has its content, every content its file.
        Changes nothing. Exits with 1 when something is wrong.

        \(sources)
        """

    private static let describeAPI = """
        Usage: callfs openapi

        Prints the description of the API that a server gives at /openapi.json.
        """
}
