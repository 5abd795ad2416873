private import Glibc

/// What the program says to whoever started it, apart from its log. Written whole, without a buffer of its
/// own.
enum Console {
    /// For results: standard output.
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// For what went wrong: standard error.
    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
