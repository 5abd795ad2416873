/// Why the metadata could not be opened: a sentence for the operator, without passwords.
package struct PostgresOpenError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ sentence: String) { description = sentence }

    init(_ failure: SessionFailure) {
        description = "The metadata in PostgreSQL cannot be opened: \(failure)."
    }

    /// Runs a step of opening, with what fails as a sentence.
    static func explaining<Value>(
        _ step: () throws(SessionFailure) -> Value
    ) throws(PostgresOpenError) -> Value {
        do throws(SessionFailure) {
            return try step()
        } catch {
            throw PostgresOpenError(error)
        }
    }
}
