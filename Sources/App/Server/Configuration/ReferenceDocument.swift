/// The reference of all keys, `docs/CONFIGURATION.md`.
package enum ReferenceDocument {
    package static let text = introduction + sections + "\n" + ending

    private static let introduction = """
        # Configuration

        Made by `callfs config example --markdown`; a test compares. Nothing needs to be configured: without
        a file and without variables the server keeps everything in one data directory.

        A setting comes from the first of these that has one:

        1. the command line (`--data-dir`),
        2. a variable: `CALLFS_` and the key in capitals, with `_` for each dot or, which is never
           ambiguous, `__`;
        3. the file named by `--config` or `-c`, else `config.yaml`, `config.yml` or `config.json` in the
           working directory, the first that is there; a file whose name ends in `.json` is JSON, any other
           YAML;
        4. the default.

        Durations are written `30s`, `5m`, `1h30m`; sizes `16KiB` (powers of 1024), `10GB` (powers of 1000)
        or in bytes. In variables, lists are separated by commas, and maps and users are JSON; an empty
        variable says nothing. In YAML there are no anchors, no tags and no second document.

        A key or a variable that is not known, a value that is none, a key or secret that is short, copied
        from a document or used twice: all of it is told at once, each with its file and line or its
        variable, and the server does not start. What this build cannot do yet is refused in the same way
        and never ignored; such keys are marked *later*, and their defaults may be written out.

        - `callfs config example` prints a file with every key, its meaning and its default.
        - `callfs config validate` prints what holds and where it comes from, secrets masked, and exits with
          1 when the server would not start.

        """

    private static var ending: String { reload + users }

    private static var reload: String {
        let names = SettingTable.keys.map(\.name).filter { LiveSettings.names.contains($0) }
        return """
            ## Reload

            On SIGHUP a running server reads its configuration anew and takes up what changed of the settings
            below, with the certificate, its key and a generated API key, even when their files kept their
            names: all of it, or nothing when anything is wrong, and the log says what. Other settings hold
            until the next start; the log names those that changed. Variables of the environment stay what
            they were when the process started.


            """ + names.map { "- `\($0)`\n" }.joined() + "\n"
    }

    private static let users = """
        ## Users

        Keys in `auth.api_keys` act as the default user. `auth.users` binds keys to further users, whose
        permissions are judged as Linux judges them:

        ```yaml
        auth:
          users:
            - name: alice
              uid: 1001
              gid: 1001
              groups: [100]
              umask: "027"
              key_sha256:
                - "(64 hexadecimal digits, from: printf %s KEY | sha256sum)"
        ```

        `name`, `uid` and `gid` must be given, and `keys` or `key_sha256` (the SHA-256 of a key in
        hexadecimal, so that the key itself need not stand in the file; `printf %s KEY | sha256sum`, with the
        key in the place of `KEY`). A user with `uid: 0` passes every permission check; nobody is one without
        these words. A key has 16 to 512 printable characters without spaces and commas;
        `openssl rand -hex 32` makes a good one. A shorter key is refused whoever shows it, also where its
        digest is configured. What stands here as an example, and digests of the texts of examples, keep the
        server from starting.

        """

    private static var sections: String {
        var names: [Substring] = []
        for key in SettingTable.keys {
            let name = section(key)
            if !names.contains(name) { names.append(name) }
        }
        return names.map { name in
            let keys = SettingTable.keys.filter { section($0) == name }
            return (["", "## `\(name)`", "", "| key | default | meaning |", "|---|---|---|"] + keys.map(row))
                .joined(separator: "\n")
        }.joined(separator: "\n") + "\n"
    }

    private static func section(_ key: SettingKey) -> Substring { key.name.prefix { $0 != "." } }

    private static func row(_ key: SettingKey) -> String {
        let names = key.names.map { "`\($0)`" }.joined(separator: ", also ")
        let expectation = key.type.expectation.replacing("|", with: "\\|")
        return "| \(names) | \(fallback(key)) | \(later(key))\(key.documentation) Expects \(expectation). |"
    }

    private static func fallback(_ key: SettingKey) -> String {
        switch key.fallback {
        case .none: "none"
        case .fixed(let text): "`\(text)`"
        case .derived(let words): words
        }
    }

    private static func later(_ key: SettingKey) -> String {
        switch key.availability {
        case .now: ""
        case .unused(let feature): "*Checked, not used yet: \(feature.isMissing).* "
        case .later: "*Later.* "
        case .laterValues(let features):
            "*Later: " + features.keys.sorted().map { "`\($0)`" }.joined(separator: ", ") + ".* "
        }
    }
}
