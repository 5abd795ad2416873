/// Where an embedded node keeps its state when nobody said.
package struct DataDirectory: Sendable, Equatable {
    package let path: String
    /// What to tell whoever starts the server, when the place is not the expected one.
    package let notice: String?

    package static let systemPath = "/var/lib/callfs"
    package static let localPath = "./callfs-data"

    /// The configured place whatever it is; else the system's where it can be used, else one in the working
    /// directory.
    package static func choose(configured: String?, isUsable: (String) -> Bool) -> Self {
        if let configured { return Self(path: configured, notice: nil) }
        if isUsable(systemPath) { return Self(path: systemPath, notice: nil) }
        return Self(
            path: localPath,
            notice:
                "\(systemPath) cannot be made or written by this user, so the data directory is "
                + "\(localPath); set data_dir to choose another.")
    }

    /// Where the pair is that the server makes for itself.
    static func generatedPair(in directory: String) -> (certificate: String, key: String) {
        (directory + "/server.crt", directory + "/server.key")
    }
}
