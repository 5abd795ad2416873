/// The commands that only talk about the configuration.
package enum ConfigurationCommands {
    /// What holds and where it comes from, or everything that keeps the server from starting.
    package static func validate(
        _ request: ConfigurationRequest, _ host: ConfigurationHost
    ) -> CommandOutput {
        do throws(ConfigurationError) {
            let loaded = try ConfigurationLoader.load(request, host)
            let problems = StartChecks.problems(loaded.settings, host)
            if !problems.isEmpty { throw ConfigurationError(problems: problems) }
            return CommandOutput(
                standardOutput: table(loaded.effective), standardError: lines(loaded.notices))
        } catch {
            let count = error.problems.count == 1 ? "1 problem" : "\(error.problems.count) problems"
            return CommandOutput(
                standardError: "\(error)\n\(count): the server would not start.\n",
                exitCode: ConfigurationError.exitCode)
        }
    }

    package static func example(_ format: Command.ExampleFormat) -> CommandOutput {
        switch format {
        case .yaml: CommandOutput(standardOutput: ExampleDocument.text)
        case .markdown: CommandOutput(standardOutput: ReferenceDocument.text)
        }
    }

    private static func table(_ settings: [EffectiveSetting]) -> String {
        let nameWidth = settings.map(\.name.count).max() ?? 0
        // Longer values push their source to the right and leave the others in their column.
        let valueWidth = min(settings.map(\.value.count).max() ?? 0, 40)
        return lines(
            settings.map { setting in
                padded(setting.name, nameWidth) + "  " + padded(setting.value, valueWidth) + "  "
                    + setting.source.description
            })
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}
