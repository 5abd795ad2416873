private import Domain
import HostSystem

/// The key that an embedded node makes for itself when the configuration names none: once, kept in a file of
/// mode 0600.
struct KeyFile {
    static let name = "api-key"

    let secret: Secret
    let path: String
    /// True at the start that made it: the only one that shows it.
    let isNew: Bool

    /// Nil when the configuration has keys of its own.
    static func key(for settings: Settings, in directory: NodeDirectory) async throws(StartError) -> KeyFile?
    {
        guard !settings.authentication.hasKeys else { return nil }
        if let known = try await existing(in: directory) { return known }
        let path = directory.path + "/" + name
        return KeyFile(secret: try await make(name, in: directory), path: path, isNew: true)
    }

    /// The secret of a file of the directory, made and kept there when there is none.
    static func secret(_ name: String, in directory: NodeDirectory) async throws(StartError) -> Secret {
        if let known = try await existingSecret(name, in: directory) { return known }
        return try await make(name, in: directory)
    }

    /// The same, when it was made before; nil else.
    static func existingSecret(
        _ name: String, in directory: NodeDirectory
    ) async throws(StartError) -> Secret? {
        guard let known = try await directory.secret(in: name) else { return nil }
        guard known.revealed.utf8.count >= Limits.keyBytesMin else {
            throw StartError(
                "The secret in '\(directory.path)/\(name)' is shorter than \(Limits.keyBytesMin) "
                    + "bytes; remove the file to have one made.")
        }
        return known
    }

    private static func make(_ name: String, in directory: NodeDirectory) async throws(StartError) -> Secret {
        let (a, b) = SystemEntropy().random128()
        let (c, _) = SystemEntropy().random128()
        let text = [a, b, c].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
        try await directory.write(Array((text + "\n").utf8), to: name)
        return Secret(text)
    }

    /// The key that an earlier start made; nil when there is none.
    static func existing(in directory: NodeDirectory) async throws(StartError) -> KeyFile? {
        let path = directory.path + "/" + name
        guard let known = try await directory.secret(in: name) else { return nil }
        guard known.revealed.utf8.count >= 16 else {
            throw StartError(
                "The key in '\(path)' is shorter than 16 bytes; remove the file to have one made.")
        }
        return KeyFile(secret: known, path: path, isNew: false)
    }
}
