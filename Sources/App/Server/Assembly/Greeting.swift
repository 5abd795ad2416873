/// What a person sees who starts the server by hand: where it is, how to come in, and a line to try.
struct Greeting {
    let scheme: String
    let port: UInt16
    let host: String?
    let dataDirectory: String
    /// The generated key; nil when the configuration has keys.
    let key: KeyFile?
    /// The generated certificate, which clients must be told to trust.
    let certificateFile: String?

    var text: String {
        let address = "\(scheme)://\(shownHost):\(port)"
        var lines = ["CallFS \(HelpText.version) serves \(dataDirectory)", "  address  \(address)"]
        if let certificateFile { lines.append("  trust    \(certificateFile) (self-signed)") }
        let bearer: String
        if let key {
            lines.append(
                "  key      "
                    + (key.isNew ? "\(key.secret.revealed) (kept in \(key.path))" : "in \(key.path)"))
            bearer = key.isNew ? key.secret.revealed : "$(cat \(key.path))"
        } else {
            bearer = "YOUR-KEY"
        }
        let trust = certificateFile.map { "--cacert \($0) " } ?? ""
        lines.append(
            "  try      curl \(trust)-H \"Authorization: Bearer \(bearer)\" -T /etc/hostname "
                + "\(address)/v1/files/hello.txt"
        )
        return lines.joined(separator: "\n") + "\n"
    }

    /// An address that a client on this machine can use, and that the generated certificate names.
    private var shownHost: String {
        guard let host, host != "0.0.0.0", host != "::" else { return "localhost" }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }
}
