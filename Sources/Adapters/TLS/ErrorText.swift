private import CLinux
private import COpenSSL

/// What the libraries below say of their errors, for logs and for whoever starts the server.
enum ErrorText {
    /// The text of an error number of the kernel.
    static func system(_ errorNumber: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let base = buffer.baseAddress else { return "error \(errorNumber)" }
            callfs_error_text(errorNumber, base, buffer.count)
            return String(cString: base)
        }
    }

    /// The oldest error in OpenSSL's queue of this thread, which is emptied.
    static func openSSL() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard let reason = ERR_reason_error_string(code) else { return "error \(code)" }
        return String(cString: reason)
    }
}
