private import Domain

/// Turns what the command line, the environment and the file say into settings, or into everything that is
/// wrong.
package enum ConfigurationLoader {
    package static func load(
        _ request: ConfigurationRequest, _ host: ConfigurationHost
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var written = WrittenSettings()
        var problems: [ConfigurationProblem] = []
        var notices: [String] = []
        var path: String?
        do throws(ConfigurationProblem) {
            if let file = try ConfigurationFile.read(request.file, host) {
                written.add(file)
                path = file.path
                notices += fileNotices(file)
            }
        } catch {
            problems.append(error)
        }
        written.add(environment: host.environment)
        if let path = request.dataDirectory { written.add(dataDirectory: path) }

        let values = SettingValues(written)
        var builder = SettingsBuilder(values, host)
        let settings = builder.settings()
        problems += written.problems + AvailabilityRules.problems(values) + builder.problems
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        return LoadedConfiguration(
            settings: settings, effective: EffectiveSetting.all(values, settings),
            notices: notices + builder.notices + AvailabilityRules.notices(values), file: path,
            values: values)
    }

    private static func fileNotices(_ file: ConfigurationFile) -> [String] {
        let path = PrintableText.quoted(file.path)
        return ["The configuration file \(path) was read."]
            + file.ignored.map { "\($0) is there too and was not read, because \(path) comes first." }
    }
}
