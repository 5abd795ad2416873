/// Who signs requests to an object store.
package struct S3Credentials: Sendable {
    package let accessKey: String
    let secretKey: String
    /// Of credentials that are given for a while.
    let sessionToken: String?

    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}

extension S3Credentials: CustomStringConvertible, CustomDebugStringConvertible {
    /// Never the secrets, wherever it is written.
    package var description: String { "credentials of \(accessKey)" }
    package var debugDescription: String { description }
}
